/** The options of every command that calls a provider, and the connection made from them. */

import {
  type Connection,
  type ConnectOptions,
  connect,
  type JsonObject,
  LumiverseError,
  type Provider,
  type SettingsModule,
  type UnsupportedPolicy,
} from "@lumiverse/core";
import { ownValue } from "@lumiverse/core/provider";
import type { Command } from "commander";

export interface ConnectionOptions {
  baseUrl?: string;
  keyEnv?: string;
  setting?: readonly string[];
  unsupported?: UnsupportedPolicy;
}

export function withConnectionOptions(command: Command): Command {
  return command
    .option("--base-url <url>", "another host: a proxy, a region, a local server; a full endpoint URL works, too")
    .option("--key-env <name>", "the environment variable with the key (default: the provider's own)")
    .option("--setting <path=value>", "a setting of the provider, such as routing.sort=price (repeatable)", collect);
}

/** Collects the values of a repeatable option. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export async function open(provider: Provider, options: ConnectionOptions, extra: ConnectOptions = {}): Promise<Connection> {
  const apiKey = options.keyEnv === undefined ? undefined : keyFromVariable(options.keyEnv);
  const settings = options.setting === undefined ? undefined : await settingsFrom(provider, options.setting);
  return connect(provider, {
    ...extra,
    ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(settings === undefined ? {} : { settings }),
    ...(options.unsupported === undefined ? {} : { unsupported: options.unsupported }),
  });
}

/** @throws LumiverseError `configuration` when the variable is not set */
export function keyFromVariable(name: string): string {
  const key = ownValue(process.env, name);
  if (key !== undefined && key !== "") return key;
  // The value can be a key, pasted by mistake. Only the usual form of a variable name is printed.
  const shown = /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : "given to --key-env";
  throw new LumiverseError({
    code: "configuration",
    field: "key-env",
    message: `the environment variable ${shown} is not set`,
    hint: "--key-env expects the name of a variable, not the key itself",
  });
}

/** Turns `a.b=value` pairs into one object. The type of the setting decides how the value is read; without a type, JSON is parsed and other text is kept. */
export async function settingsFrom(provider: Provider, pairs: readonly string[]): Promise<JsonObject> {
  const fields = (await provider.settings?.())?.fields ?? [];
  const settings: JsonObject = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const path = pair.slice(0, Math.max(at, 0));
    const steps = path.split(".");
    if (at < 1 || steps.some((step) => step === "" || step === "__proto__"))
      throw new LumiverseError({
        code: "configuration",
        field: "setting",
        message: "--setting expects path=value, such as routing.sort=price",
      });
    setAt(settings, steps, readValue(pair.slice(at + 1), typeAt(fields, path)));
  }
  return settings;
}

/** The type of a setting, or that of the values of a record which the path leads into, such as `headers.x-team`. */
function typeAt(fields: SettingsModule<unknown>["fields"], path: string): string | undefined {
  const field = fields.find((one) => one.path === path);
  if (field !== undefined) return field.type;
  return fields.find((one) => one.type === "record" && path.startsWith(`${one.path}.`))?.items?.type;
}

function setAt(into: JsonObject, steps: readonly string[], value: unknown): void {
  const [step = "", ...rest] = steps;
  if (rest.length === 0) {
    into[step] = value;
    return;
  }
  if (!Object.hasOwn(into, step) || typeof into[step] !== "object") into[step] = {};
  setAt(into[step] as JsonObject, rest, value); // made an object on the line before
}

function readValue(text: string, type: string | undefined): unknown {
  if (type === "string" || type === "choice") return text;
  if (type === "list" && !text.startsWith("[")) return text.split(",").map((one) => one.trim());
  try {
    return JSON.parse(text);
  } catch {
    // Text needs no quotes on the command line.
    return text;
  }
}
