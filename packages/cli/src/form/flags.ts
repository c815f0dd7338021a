/** Every field of a connection's form as an option of the command line. */
import { stat } from "node:fs/promises";
import type { FieldIssue } from "@lumiverse/connections";
import type { JsonObject, Provider } from "@lumiverse/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { collect, keyFromVariable, settingsFrom } from "../connection/options.ts";
import { readTextFile, unreadable } from "../terminal/files.ts";
import { readStandardInput } from "../terminal/stdin.ts";

export interface FormFlags {
  name?: string;
  model?: string;
  baseUrl?: string;
  auth?: "key" | "environment" | "none";
  keyEnv?: string;
  keyFile?: string;
  keyStdin?: boolean;
  setting?: readonly string[];
  reasoning?: string;
  showReasoning?: boolean;
  reasoningHistory?: string;
}

export function withFormFlags(command: Command): Command {
  return command
    .option("-n, --name <name>", "how the connection is called")
    .option("-m, --model <id>", "the model's id at the provider")
    .option("--base-url <url>", "another address: a proxy, a region, a local server")
    .addOption(
      new Option("--auth <kind>", "where the key comes from: stored encrypted, the provider's environment variable, or none").choices([
        "key",
        "environment",
        "none",
      ]),
    )
    .option("--key-env <name>", "store the key that this environment variable holds")
    .option("--key-file <path>", "store the key, or the service account's JSON, that this file holds")
    .option("--key-stdin", "store the key, or the service account's JSON, from standard input")
    .option("--setting <path=value>", "a setting of the provider, such as routing.sort=price (repeatable)", collect)
    .option("--reasoning <level|tokens>", "the reasoning effort: off, minimal, low, medium, high, max, or a budget in tokens", effort)
    .option("--show-reasoning", "show the reasoning")
    .option("--no-show-reasoning", "hide the reasoning")
    .option("--reasoning-history <what>", "reasoning of earlier answers: keep, strip, or for how many answers it is kept", history);
}

/** True when an option of the form was given, so that nothing is asked. */
export function hasFormFlags(flags: FormFlags): boolean {
  const { name, model, baseUrl, auth, keyEnv, keyFile, keyStdin, setting, reasoning, showReasoning, reasoningHistory } = flags;
  return [name, model, baseUrl, auth, keyEnv, keyFile, keyStdin, setting, reasoning, showReasoning, reasoningHistory].some(
    (given) => given !== undefined,
  );
}

/** The given options as values of the form. */
export async function valuesFromFlags(provider: Provider, flags: FormFlags, signal: AbortSignal): Promise<JsonObject> {
  const { name, model, baseUrl: baseURL, auth, setting, reasoning, showReasoning, reasoningHistory } = flags;
  const key = await keyFrom(flags, signal);
  const binding: JsonObject = {
    ...(reasoning === undefined
      ? {}
      : /^\d+$/.test(reasoning)
        ? { effort: "budget", budgetTokens: Number(reasoning) }
        : { effort: reasoning }),
    ...(showReasoning === undefined ? {} : { show: showReasoning }),
    ...(reasoningHistory === undefined ? {} : { history: reasoningHistory }),
  };
  return {
    ...(name === undefined ? {} : { name }),
    ...(model === undefined ? {} : { model }),
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(auth !== undefined ? { auth } : key !== undefined ? { auth: "key" } : {}),
    ...(key === undefined ? {} : { key }),
    ...(setting === undefined ? {} : { settings: await settingsFrom(provider, setting) }),
    ...(Object.keys(binding).length === 0 ? {} : { reasoning: binding }),
  };
}

async function keyFrom({ keyEnv, keyFile, keyStdin }: FormFlags, signal: AbortSignal): Promise<string | undefined> {
  if (keyEnv !== undefined) return keyFromVariable(keyEnv);
  if (keyFile !== undefined) return readKeyFile(keyFile);
  return keyStdin === true ? (await readStandardInput(signal)).trim() : undefined;
}

/** @throws LumiverseError `configuration`, without the file's text */
export async function readKeyFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.size > LONGEST_KEY) throw unreadable(path, new Error("it is too long for a key"), "key");
  return (await readTextFile(path, "key")).trim();
}

/** Bytes. A service account's JSON has about 2,400. */
const LONGEST_KEY = 100_000;

/** The option that sets a field, for hints. */
export function flagOf(path: string): string {
  const [first = "", ...rest] = path.split(".");
  if (first === "settings") return `--setting ${rest.join(".") || "path"}=…`;
  return FLAGS[path] ?? FLAGS[first] ?? `--${first}`;
}

const FLAGS: Readonly<Record<string, string>> = {
  name: "--name",
  model: "--model",
  baseURL: "--base-url",
  auth: "--auth",
  key: "--key-env, --key-file or --key-stdin",
  "reasoning.show": "--show-reasoning",
  "reasoning.history": "--reasoning-history",
  reasoning: "--reasoning",
};

/** The hint for problems that a person can solve by options: which ones to set. */
export function hintFor(issues: readonly FieldIssue[]): string {
  return `Set ${[...new Set(issues.map(({ path }) => flagOf(path)))].join(", ")}`;
}

function effort(text: string): string {
  if (!/^(?:off|minimal|low|medium|high|max|\d+)$/.test(text)) throw new InvalidArgumentError("Expected a level or a number of tokens.");
  return text;
}

function history(text: string): string {
  if (!/^(?:keep|strip|\d+)$/.test(text)) throw new InvalidArgumentError("Expected keep, strip or a number of answers.");
  return text;
}
