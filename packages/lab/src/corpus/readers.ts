/** Chooses the reader of a recording: the provider of its folder, or the protocol alone if the provider does not use that protocol. */
import { type Call, CONTRACT, type JsonObject, type Protocol, type Provider } from "@lumiverse/core/provider";
import type { Ignored } from "./unread.ts";

/** One exchange in the recordings' format. */
export interface Recording {
  provider: string;
  variant?: string;
  kind: "chat" | "responses" | "messages" | "generate" | "models" | "error" | "other";
  endpoint?: string;
  streaming: boolean;
  request: { method?: string; url?: string; body?: JsonObject | null } | null;
  response: { status: number; headers?: Record<string, string> | null; body: string };
}

/** How a recording is read. */
export interface Reading {
  provider: Provider;
  settings: JsonObject | undefined;
  protocolId: string;
  ignored: Ignored;
  /** The reason why the recording is not read by the provider's own pipeline. */
  by: string | undefined;
}

const PROTOCOL_IDS: Readonly<Record<string, string>> = {
  chat: "chat-completions",
  responses: "responses",
  messages: "messages",
  generate: "generate-content",
};
/** Package names that differ from their folder's name. */
const PACKAGES: Readonly<Record<string, string>> = { vertex: "google-vertex" };
/** Settings with which providers of several protocols choose one. */
const PROTOCOL_SETTINGS: readonly ((protocolId: string) => JsonObject | undefined)[] = [
  () => undefined,
  (protocolId) => ({ api: protocolId }),
  (protocolId) => ({ protocol: protocolId }),
];

/** Finds the reader of a recording. Undefined if no package can read it. */
export interface Readers {
  reading(recording: Recording, model: string): Promise<Reading | undefined>;
}

/** Readers that import packages with `load`, each one once. */
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
      const protocolId = PROTOCOL_IDS[recording.kind === "error" ? (recording.endpoint ?? "") : recording.kind];
      const provider = await once(providers, id, () => loadProvider(load, id));
      if (protocolId === undefined) {
        return typeof provider === "string" ? undefined : { provider, settings: undefined, protocolId: "", ignored: {}, by: undefined };
      }
      const read = await once(protocols, protocolId, () => loadProtocol(load, protocolId));
      const ignored = typeof read === "string" ? {} : read.ignored;
      if (typeof provider !== "string")
        for (const settings of PROTOCOL_SETTINGS) {
          const given = settings(protocolId);
          if (protocolOf(provider, { settings: given ?? {}, model, streaming: recording.streaming }) === protocolId)
            return { provider, settings: given, protocolId, ignored, by: undefined };
        }
      if (typeof read === "string") return undefined;
      const why = typeof provider === "string" ? provider : `${id} does not use ${protocolId}`;
      return {
        provider: minimalProvider(id, read.protocol),
        settings: undefined,
        protocolId,
        ignored,
        by: `through the protocol alone: ${why}`,
      };
    },
  };
}

/** The protocol that the provider uses for such a call. Undefined if it refuses the call. */
function protocolOf(
  provider: Provider,
  { settings, model, streaming }: { settings: JsonObject; model: string; streaming: boolean },
): string | undefined {
  const call: Call = {
    request: { model, messages: [{ role: "user", content: "?" }] },
    settings,
    streaming,
    hasKey: true,
    account: { project: "conformance" },
    ...(provider.base === undefined ? { baseURL: new URL("https://corpus.invalid/v1") } : {}),
    policy: { unsupported: {}, replayScope: "own" },
    degradations: new Set(),
  };
  try {
    return provider.route(call).protocol.id;
  } catch {
    return undefined;
  }
}

/** A minimal provider for a protocol. */
export function minimalProvider(id: string, protocol: Protocol): Provider {
  const base = "https://corpus.invalid/v1";
  return {
    id,
    name: id,
    docs: base,
    version: "0.0.0",
    contract: CONTRACT,
    credential: { kind: "none" },
    base,
    route: () => ({ protocol, base: new URL(base), capabilities: {} }),
    operations: async () => ({
      check: {
        origin: "base",
        request: () => ({ method: "GET", url: new URL(base) }),
        parse: () => ({ value: { key: "unknown", usable: "unknown" } }),
      },
    }),
  };
}

async function loadProvider(load: (specifier: string) => Promise<unknown>, id: string): Promise<Provider | string> {
  const specifier = `@lumiverse/${id}/provider`;
  try {
    const module = await load(specifier);
    for (const value of Object.values(module as object)) if (isProvider(value) && value.id === id) return value; // a module namespace is an object
    return `${specifier} exports no provider named ${id}`;
  } catch (error) {
    return `${specifier} cannot be loaded (${reason(error)})`;
  }
}

async function loadProtocol(
  load: (specifier: string) => Promise<unknown>,
  protocolId: string,
): Promise<{ protocol: Protocol; ignored: Ignored } | string> {
  const specifier = `@lumiverse/protocols/${protocolId}`;
  try {
    const module = (await load(specifier)) as Record<string, unknown>; // a module namespace
    const name = protocolId.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
    const found = module[name] ?? module[`${name}Protocol`];
    const protocol: unknown = typeof found === "function" ? found({}) : found;
    if (!isProtocol(protocol)) return `${specifier} exports no ${name}`;
    return { protocol, ignored: (module["ignored"] as Ignored | undefined) ?? (await loadIgnored(load, specifier)) }; // a record of reasons, by convention
  } catch (error) {
    return `${specifier} cannot be loaded (${reason(error)})`;
  }
}
/** Loads the list from the protocol's source folder. It is not exported, because only this program reads it. */
async function loadIgnored(load: (specifier: string) => Promise<unknown>, specifier: string): Promise<Ignored> {
  const index = import.meta.resolve(specifier);
  const extension = index.endsWith(".ts") ? "ts" : "js";
  try {
    const module = (await load(new URL(`./ignored.${extension}`, index).href)) as { ignored?: Ignored }; // a module namespace
    return module.ignored ?? {};
  } catch {
    // Without a list, every unread field is reported.
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
