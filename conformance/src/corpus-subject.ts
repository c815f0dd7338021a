/** Who reads a recording: the provider of its folder where that speaks the recording's wire, else the wire's protocol alone, and then it says so. */
import { type Call, CONTRACT, type JsonObject, type Protocol, type Provider } from "@lumiverse/core";
import type { Ignored } from "./unread.ts";

/** One exchange of the neutral format. */
export interface Recording {
  provider: string;
  variant?: string;
  kind: "chat" | "responses" | "messages" | "generate" | "models" | "error" | "other";
  endpoint?: string;
  streaming: boolean;
  request: { method?: string; url?: string; body?: JsonObject | null } | null;
  response: { status: number; headers?: Record<string, string> | null; body: string };
}

export interface Reading {
  provider: Provider;
  settings: JsonObject | undefined;
  wire: string;
  ignored: Ignored;
  /** Not the provider's own pipeline, and why. */
  by: string | undefined;
}

const WIRES: Readonly<Record<string, string>> = {
  chat: "chat-completions",
  responses: "responses",
  messages: "messages",
  generate: "generate-content",
};
/** Where a folder is not named as its package. */
const PACKAGES: Readonly<Record<string, string>> = { vertex: "google-vertex" };
/** How providers that speak several wires are told which one. */
const SETTINGS_OF_WIRE: readonly ((wire: string) => JsonObject | undefined)[] = [
  () => undefined,
  (wire) => ({ api: wire }),
  (wire) => ({ wire }),
  (wire) => ({ protocol: wire }),
];

export interface Readers {
  reading(recording: Recording, model: string): Promise<Reading | undefined>;
}

export function createReaders(load: (specifier: string) => Promise<unknown> = (specifier) => import(specifier)): Readers {
  const providers = new Map<string, Promise<Provider | string>>();
  const protocols = new Map<string, Promise<{ protocol: Protocol; ignored: Ignored } | string>>();
  const once = <T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  };
  return {
    async reading(recording, model) {
      const id = PACKAGES[recording.provider] ?? recording.provider;
      const wire = WIRES[recording.kind === "error" ? (recording.endpoint ?? "") : recording.kind];
      const provider = await once(providers, id, () => loadProvider(load, id));
      if (wire === undefined) {
        return typeof provider === "string" ? undefined : { provider, settings: undefined, wire: "", ignored: {}, by: undefined };
      }
      const read = await once(protocols, wire, () => loadProtocol(load, wire));
      const ignored = typeof read === "string" ? {} : read.ignored;
      if (typeof provider !== "string")
        for (const settings of SETTINGS_OF_WIRE) {
          const given = settings(wire);
          if (speaks(provider, wire, given, model, recording.streaming)) return { provider, settings: given, wire, ignored, by: undefined };
        }
      if (typeof read === "string") return undefined;
      const why = typeof provider === "string" ? provider : `${id} does not speak ${wire}`;
      return { provider: bare(id, read.protocol), settings: undefined, wire, ignored, by: `through the protocol alone: ${why}` };
    },
  };
}

/** Would this provider send such a call over this wire? `route` is pure, so asking costs nothing. */
function speaks(provider: Provider, wire: string, settings: JsonObject | undefined, model: string, streaming: boolean): boolean {
  const call: Call = {
    request: { model, messages: [{ role: "user", content: "?" }] },
    settings: settings ?? {},
    streaming,
    keyed: true,
    account: { project: "conformance" },
    ...(provider.base === undefined ? { baseURL: new URL("https://corpus.invalid/v1") } : {}),
    policy: { unsupported: "default", prefill: "error", replayScope: "own" },
    without: new Set(),
  };
  try {
    return provider.route(call).protocol.id === wire;
  } catch {
    // A provider that cannot route such a call does not speak the wire.
    return false;
  }
}

/** The least provider that a wire needs. */
export function bare(id: string, protocol: Protocol): Provider {
  const base = "https://corpus.invalid/v1";
  return {
    id,
    name: id,
    docs: base,
    version: "0.0.0",
    contract: CONTRACT,
    credential: { kind: "none" },
    base,
    route: () => ({ protocol, base: new URL(base), takes: {} }),
    operations: {
      check: {
        origin: "base",
        request: () => ({ method: "GET", url: new URL(base) }),
        parse: () => ({ value: { key: "unknown", usable: "unknown" } }),
      },
    },
  };
}

async function loadProvider(load: (specifier: string) => Promise<unknown>, id: string): Promise<Provider | string> {
  const specifier = `@lumiverse/${id}/provider`;
  try {
    const module = await load(specifier);
    for (const value of Object.values(module as object)) if (isProvider(value) && value.id === id) return value; // a module's namespace is an object
    return `${specifier} exports no provider named ${id}`;
  } catch (error) {
    return `${specifier} can't be loaded (${reason(error)})`;
  }
}

async function loadProtocol(
  load: (specifier: string) => Promise<unknown>,
  wire: string,
): Promise<{ protocol: Protocol; ignored: Ignored } | string> {
  const specifier = `@lumiverse/protocols/${wire}`;
  try {
    const module = (await load(specifier)) as Record<string, unknown>; // a module's namespace
    const name = wire.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
    const found = module[name] ?? module[`${name}Protocol`];
    const protocol: unknown = typeof found === "function" ? found({}) : found;
    if (!isProtocol(protocol)) return `${specifier} exports no ${name}`;
    return { protocol, ignored: (module["ignored"] as Ignored | undefined) ?? (await loadIgnored(load, specifier)) }; // by agreement a record of reasons
  } catch (error) {
    return `${specifier} can't be loaded (${reason(error)})`;
  }
}
/** Beside the protocol's source, not in its exports: only this run reads it. */
async function loadIgnored(load: (specifier: string) => Promise<unknown>, specifier: string): Promise<Ignored> {
  const index = import.meta.resolve(specifier);
  const extension = index.endsWith(".ts") ? "ts" : "js";
  try {
    const module = (await load(new URL(`./ignored.${extension}`, index).href)) as { ignored?: Ignored }; // a module's namespace
    return module.ignored ?? {};
  } catch {
    // No list: then everything unread is reported.
    return {};
  }
}

function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && "route" in value && "id" in value && "operations" in value;
}
function isProtocol(value: unknown): value is Protocol {
  return typeof value === "object" && value !== null && "reader" in value && "render" in value;
}
function reason(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return "not installed";
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 160) ?? "";
}
