import { type Explanation, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { open } from "../connection-options.ts";
import { costText, noteLine } from "../footer.ts";
import { installed } from "../installed.ts";
import { firstKnown } from "../models.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request-options.ts";
import type { Run } from "../run.ts";
import { styled } from "../screen.ts";
import { promptFrom } from "../stdin.ts";

export function explainCommand({ screen }: Run): Command {
  const command = new Command("explain")
    .description("show the request that `chat` would send, and send nothing: URL, headers, body, notes, cache plan")
    .argument("<provider>", "its id, or the name of its package")
    .argument("[prompt...]", "what to say");
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
    .action(async (id: string, words: string[], options: RequestOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const typed = await promptFrom(words, screen.signal, (line) => screen.line(line, "yellow"));
      const request = await requestFrom(options, typed === "" ? "hello" : typed);
      const model = options.model ?? (await firstKnown(provider))?.id;
      // The live list would be asked with the key, and this command sends nothing.
      if (model === undefined)
        throw new LumiverseError({
          code: "configuration",
          provider: provider.id,
          field: "model",
          message: `${provider.id}: no model is named, and none is built in`,
          hint: "Name one with --model",
        });
      const explanation = await connection.explain({ model, ...request }, { streaming: options.stream });
      await screen.out(screen.json ? `${JSON.stringify(explanation)}\n` : describe(explanation));
    });
}

function describe(explanation: Explanation): string {
  const { method, url, wire, headers, body, notes, cache, estimate, facts } = explanation;
  const cost = estimate.cost === undefined ? "" : `, at least ${costText(estimate.cost)}`;
  const blocks: [title: string, lines: readonly string[]][] = [
    [`${method} ${url}`, [`wire: ${wire}`, ...(facts === undefined ? [] : [`server: ${facts.server} (${facts.from})`])]],
    ["headers", Object.entries(headers).map(([name, value]) => `${name}: ${value}`)],
    ["body", JSON.stringify(body, short, 2).split("\n")],
    ["notes", notes.map(noteLine)],
    [
      "cache plan",
      cache === undefined
        ? []
        : [
            cache.summary ?? "off",
            ...cache.breakpoints.map((one) => `${one.at}: ${one.by}, ${one.ttl}, about ${one.estimatedTokens} tokens before ${one.before}`),
            ...cache.excluded.map((one) => `not cached: ${one.what}, ${one.because}`),
          ],
    ],
    ["estimate", [`about ${estimate.inputTokens} tokens in${cost}`]],
  ];
  return blocks
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${styled("bold", title)}\n${lines.map((line) => `  ${line}\n`).join("")}`)
    .join("\n");
}

/** A picture in base64 would fill the screen. `--json` has all of it. */
function short(_key: string, value: unknown): unknown {
  return typeof value === "string" && value.length > 2000 ? `${value.slice(0, 60)} … (${value.length} characters)` : value;
}
