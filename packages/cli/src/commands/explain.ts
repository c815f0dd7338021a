import { requestFor } from "@lumiverse/connections";
import { type Explanation, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { costText, noteLine } from "../answer/figures.ts";
import { catalogueDefault } from "../connection/default-model.ts";
import { bindingOf, withTarget } from "../connection/target.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request/options.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/screen.ts";
import { promptFrom } from "../terminal/stdin.ts";
import type { CommandContext } from "./context.ts";

export function explainCommand({ screen }: CommandContext): Command {
  const command = new Command("explain")
    .description("show the request that `chat` would send: URL, headers, body, notes, cache plan. Nothing is sent")
    .argument("<connection>", "a connection's name or a provider's id")
    .argument("[prompt...]", "the message");
  return withRequestOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse explain anthropic --setting promptCache.enabled=true --system "Be brief." "hello"
  lumiverse explain custom --base-url localhost:1234 --model any "hello"     (shows the final URL)
  lumiverse explain openai --temperature 0.2 --json "hello" | jq .notes

Secrets are masked.`,
    )
    .action((name: string, words: string[], options: RequestOptions) =>
      withTarget(name, options, screen, async (target) => {
        const connection = await target.connect();
        const typed = await promptFrom(words, screen.signal, (line) => screen.line(line, "yellow"));
        const request = await requestFrom(options, typed === "" ? "hello" : typed);
        const model = options.model ?? target.model ?? (await catalogueDefault(target.provider, target.settings))?.id;
        // This command sends nothing, so it does not request the live model list.
        if (model === undefined)
          throw new LumiverseError({
            code: "configuration",
            provider: target.provider.id,
            field: "model",
            message: `${target.name}: the command names no model, and the provider has no catalogue`,
            hint: "Name one with --model",
          });
        const explanation = await connection.explain(requestFor({ model, ...bindingOf(target) }, request), { streaming: options.stream });
        if (screen.json) return screen.outJson(explanation);
        await screen.outStyled(describe(explanation));
      }),
    );
}

function describe(explanation: Explanation): string {
  const { method, url, protocol, headers, body, notes, cache, estimate, server } = explanation;
  const cost = estimate.cost === undefined ? "" : `, at least ${costText(estimate.cost)}`;
  const blocks: [title: string, lines: readonly string[]][] = [
    [`${method} ${url}`, [`protocol: ${protocol}`, ...(server === undefined ? [] : [`server: ${server.server} (${server.from})`])]],
    ["headers", Object.entries(headers).map(([name, value]) => `${name}: ${value}`)],
    ["body", JSON.stringify(body, shorten, 2).split("\n")],
    ["notes", notes.map(noteLine)],
    [
      "cache plan",
      cache === undefined
        ? []
        : [
            cache.summary ?? "off",
            ...cache.breakpoints.map((one) => `${one.at}: ${one.by}, ${one.ttl}, about ${one.estimatedTokens} tokens before ${one.before}`),
            ...cache.excluded.map((one) => `not cached: ${one.what}: ${one.because}`),
          ],
    ],
    ["estimate", [`about ${estimate.inputTokens} input tokens${cost}`]],
  ];
  return blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${styled("bold", printable(title))}\n${lines.map((line) => `  ${printable(line)}\n`).join("")}`)
    .join("\n");
}

/** Shortens long strings such as images in base64. `--json` prints them whole. */
function shorten(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > 2000 ? `${value.slice(0, 60)} … (${value.length} characters)` : value;
}
