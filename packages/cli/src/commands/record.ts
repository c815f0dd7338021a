import { type Capability, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { collect, open, settingsFrom } from "../connection-options.ts";
import { installed } from "../installed.ts";
import { defaultModel } from "../models.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request-options.ts";
import type { Run } from "../run.ts";

const OPERATIONS = ["check", "models", "account", "countTokens", "probe"] as const;

interface Options extends RequestOptions {
  name: string;
  title?: string;
  out: string;
  claim?: readonly string[];
  gotcha?: string;
  operation?: string;
  secret?: readonly string[];
}

export function recordCommand({ screen }: Run): Command {
  const command = new Command("record")
    .description("make a real call and keep it as a fixture: streamed and unstreamed, with keys and account names taken out")
    .argument("<provider>", "its id, or the name of its package")
    .argument("[prompt...]", "what to say")
    .requiredOption("--name <name>", "the scenario's name: lower-case words with hyphens")
    .option("--out <folder>", "the folder of all cases", "fixtures")
    .option("--title <sentence>", "what the case shows; default: made of the prompt")
    .option("--claim <capability>", "a capability that it shows, such as tools; may be repeated", collect)
    .option("--gotcha <id>", "the oddity of the host that it pins down")
    .option("--operation <name>", `an operation in place of a chat: ${OPERATIONS.join(", ")}`)
    .option("--secret <text>", "one more string that must not be written; may be repeated", collect);
  return withRequestOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse record groq --name text --claim streaming --out providers/groq/fixtures "Say good morning."
  lumiverse record custom --base-url http://localhost:8080 --name models --operation models --model any

It spends tokens: a chat is made twice, streamed and unstreamed (--no-stream: unstreamed alone). Read what it wrote before you commit it.`,
    )
    .action(async (id: string, words: string[], options: Options) => {
      const { provider } = await installed(id);
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(options.name)) throw wrong("name", "--name takes lower-case words with hyphens");
      const operation = OPERATIONS.find((one) => one === options.operation);
      if (options.operation !== undefined && operation === undefined)
        throw wrong("operation", `--operation takes ${OPERATIONS.join(", ")}`);
      const prompt = words.join(" ");
      if (operation === undefined && prompt === "") throw wrong("prompt", "there is nothing to say: no prompt is given");
      const connection = await open(provider, options);
      const model = options.model ?? (await defaultModel(connection, screen.signal));
      const key = keyOf(
        options.keyEnv ?? (options.baseUrl === undefined && provider.credential.kind !== "none" ? provider.credential.env : undefined),
      );
      const { record } = await import("@lumiverse/conformance");
      const progress = screen.progress(`recording ${provider.id} (${model})`);
      const fixture = await record(provider, {
        fixtures: options.out,
        name: options.name,
        title: options.title ?? (operation === undefined ? `an answer to: ${prompt}` : `what ${operation} answers`),
        claims: (options.claim ?? []) as Capability[], // the case's own schema refuses a word that is none
        model,
        ...(operation === undefined || operation === "countTokens" ? { request: { model, ...(await requestFrom(options, prompt)) } } : {}),
        ...(operation === undefined ? { streaming: options.stream ? ("both" as const) : false } : { operation }),
        ...(options.gotcha === undefined ? {} : { gotcha: options.gotcha }),
        ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
        ...(options.setting === undefined ? {} : { settings: await settingsFrom(provider, options.setting) }),
        ...(options.secret === undefined ? {} : { secrets: options.secret }),
        ...(key === undefined ? {} : { apiKey: key }),
      }).finally(() => progress.stop());
      const { exchanges, dir } = fixture;
      if (screen.json)
        return screen.out(
          `${JSON.stringify({ folder: dir, exchanges: exchanges.map(({ method, url, status }) => ({ method, url, status })) })}\n`,
        );
      await screen.out(`${dir}\n`);
      for (const one of exchanges) screen.line(`${one.method} ${one.url} ${one.status}, ${one.body.length} bytes`, "dim");
    });
}

function keyOf(name: string | undefined): string | undefined {
  const key = name === undefined ? undefined : process.env[name];
  return key === "" ? undefined : key;
}

function wrong(field: string, message: string): LumiverseError {
  return new LumiverseError({ code: "configuration", field, message, hint: "lumiverse record --help" });
}
