import { type Capability, LumiverseError, type Provider } from "@lumiverse/core";
import { Command } from "commander";
import { defaultModel } from "../connection/default-model.ts";
import { installed } from "../connection/installed.ts";
import { collect, open, settingsFrom } from "../connection/options.ts";
import { type RequestOptions, requestFrom, withRequestOptions } from "../request/options.ts";
import type { Screen } from "../terminal/screen.ts";
import type { CommandContext } from "./context.ts";

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

export function recordCommand({ screen }: CommandContext): Command {
  const command = new Command("record")
    .description("make a real call, streamed and unstreamed, and save it as a fixture without keys and account names")
    .argument("<provider>", "the provider's id or the name of its package")
    .argument("[prompt...]", "the message")
    .requiredOption("--name <name>", "the name of the scenario: lower-case words with hyphens")
    .option("--out <folder>", "the folder of the cases", "fixtures")
    .option("--title <sentence>", "the title of the case (default: made from the prompt)")
    .option("--claim <capability>", "a capability that the case shows, such as tools (repeatable)", collect)
    .option("--gotcha <id>", "the oddity of the host that the case shows")
    .option("--operation <name>", `record an operation instead of a chat: ${OPERATIONS.join(", ")}`)
    .option("--secret <text>", "another string to remove from the recording (repeatable)", collect);
  return withRequestOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse record groq --name text --claim streaming --out providers/groq/fixtures "Say good morning."
  lumiverse record custom --base-url http://localhost:8080 --name models --operation models --model any

A chat is sent twice, streamed and unstreamed, and costs tokens; --no-stream sends it once, unstreamed. Read the files before you commit them.`,
    )
    .action((id: string, words: string[], options: Options) => recordCase(id, words.join(" "), options, screen));
}

async function recordCase(id: string, prompt: string, options: Options, screen: Screen): Promise<void> {
  const { provider } = await installed(id);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(options.name)) throw invalid("name", "--name expects lower-case words with hyphens");
  const operation = operationOf(options);
  if (operation === undefined && prompt === "") throw invalid("prompt", "the prompt is missing");
  const connection = await open(provider, options);
  const settings = await settingsFrom(provider, options.setting ?? []);
  const model = options.model ?? (await defaultModel(connection, settings, screen.signal)).id;
  const key = keyFor(provider, options);
  const { record } = await import("@lumiverse/conformance/fixtures");
  const progress = screen.progress(`recording ${provider.id} (${model})`);
  const { exchanges, dir } = await record(provider, {
    fixtures: options.out,
    name: options.name,
    title: options.title ?? (operation === undefined ? `an answer to: ${prompt}` : `the result of ${operation}`),
    claims: (options.claim ?? []) as Capability[], // the schema of the case rejects unknown words
    model,
    ...(operation === undefined || operation === "countTokens" ? { request: { model, ...(await requestFrom(options, prompt)) } } : {}),
    ...(operation === undefined ? { streaming: options.stream ? ("both" as const) : false } : { operation }),
    ...(options.gotcha === undefined ? {} : { gotcha: options.gotcha }),
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    ...(options.setting === undefined ? {} : { settings }),
    ...(options.secret === undefined ? {} : { secrets: options.secret }),
    ...(key === undefined ? {} : { apiKey: key }),
  }).finally(() => progress.stop());
  if (screen.json) return screen.outJson({ folder: dir, exchanges: exchanges.map(({ method, url, status }) => ({ method, url, status })) });
  await screen.out(`${dir}\n`);
  for (const one of exchanges) screen.line(`${one.method} ${one.url} ${one.status}, ${one.body.length} bytes`, "dim");
}

function operationOf({ operation }: Options): (typeof OPERATIONS)[number] | undefined {
  const known = OPERATIONS.find((one) => one === operation);
  if (operation !== undefined && known === undefined) throw invalid("operation", `--operation expects one of ${OPERATIONS.join(", ")}`);
  return known;
}

/** The key of the variable that --key-env names. Without it: that of the provider's own variable, unless another host is called. */
function keyFor({ credential }: Provider, { keyEnv, baseUrl }: Options): string | undefined {
  const own = baseUrl === undefined && credential.kind !== "none" ? credential.env : undefined;
  const name = keyEnv ?? own;
  const key = name === undefined ? undefined : process.env[name];
  return key === "" ? undefined : key;
}

function invalid(field: string, message: string): LumiverseError {
  return new LumiverseError({ code: "configuration", field, message, hint: "See lumiverse record --help" });
}
