/** Finds model servers on this machine and offers a profile for each. */
import { isObject } from "@lumiverse/core/provider";
import { isChatModel } from "../models/is-chat-model.ts";
import type { ProfileInput } from "../profile/profile.ts";
import { type Page, readPage } from "../read-page.ts";
import { type Fingerprint, fingerprints, type LocalServer, objectsIn } from "./fingerprints.ts";

export interface FoundServer {
  server: LocalServer;
  name: string;
  /** Such as `http://127.0.0.1:1234/v1`. */
  baseURL: string;
  version?: string;
  /** The path of the page that proved which server it is. */
  provedBy: string;
  /** True when the server wants a key. */
  needsKey: boolean;
  /** Ids of its models, as far as it shows them. */
  models: readonly string[];
  /** True while the server still loads its model. */
  isLoading: boolean;
  /** A profile of the provider `custom`, ready to be created once a missing key is added. */
  profile: ProfileInput;
}

export interface DiscoverOptions {
  /** Hosts to look at. Default: 127.0.0.1. Inside a container, pass the names of its host, such as `host.docker.internal`, too. */
  hosts?: readonly string[];
  /** Ports to look at besides the default ports of the servers. */
  ports?: readonly number[];
  /** True to look at `ports` only. */
  onlyGivenPorts?: boolean;
  /** Milliseconds that a page may take. Default 1,500. All pages of one server may take five times as long. */
  timeoutMs?: number;
  fetch?: typeof fetch;
  signal?: AbortSignal;
}

/** All pages of a server together may take this many times the time of one page. */
const PATIENCE = 5;
/** Longest name that is shown. Ids with a vendor, a path and a date have about 100 characters. */
const LONGEST_WORD = 1000;

/** Looks at all ports at once. A port without a server, or with a server that no fingerprint proves, is left out. */
export async function discover(options: DiscoverOptions = {}): Promise<FoundServer[]> {
  const { hosts = ["127.0.0.1"], ports = [], onlyGivenPorts = false } = options;
  const known = onlyGivenPorts ? [] : fingerprints.flatMap((one) => one.ports);
  const origins = hosts.flatMap((host) => [...new Set([...ports, ...known])].map((port) => `http://${host}:${port}`));
  const found = await Promise.all(origins.map((origin) => identify(origin, options)));
  return found.filter((server) => server !== undefined);
}

/** What kind of server answers at an origin, whatever its port. Undefined: none, or one that no fingerprint proves. */
export async function identify(origin: string, options: DiscoverOptions = {}): Promise<FoundServer | undefined> {
  const found = await identifyInTime(origin, options);
  options.signal?.throwIfAborted();
  return found;
}

async function identifyInTime(origin: string, { fetch, signal, timeoutMs = 1500 }: DiscoverOptions): Promise<FoundServer | undefined> {
  const overall = AbortSignal.any([AbortSignal.timeout(PATIENCE * timeoutMs), ...(signal === undefined ? [] : [signal])]);
  const read = (path: string): Promise<Page | undefined> =>
    readPage(origin + path, {
      signal: AbortSignal.any([overall, AbortSignal.timeout(timeoutMs)]),
      ...(fetch === undefined ? {} : { fetch }),
    });
  const pages = new Map<string, Promise<Page | undefined>>();
  const ask: Ask = (path) => {
    const asked = pages.get(path) ?? read(path);
    pages.set(path, asked);
    return asked;
  };
  // A port that does not answer once is not asked again.
  if ((await ask("/v1/models")) === undefined) return undefined;
  for (const fingerprint of fingerprints)
    for (const proof of fingerprint.proofs) {
      const page = await ask(proof.path);
      if (page !== undefined && proof.proves(page)) return describe(origin, fingerprint, proof.path, ask);
    }
  return undefined;
}

type Ask = (path: string) => Promise<Page | undefined>;

async function describe(origin: string, fingerprint: Fingerprint, provedBy: string, ask: Ask): Promise<FoundServer> {
  const { server, name } = fingerprint;
  const list = await ask("/v1/models");
  const version = await versionOf(fingerprint, ask);
  const models = modelIds(list);
  const needsKey = list?.status === 401 || list?.status === 403 || (await isKeyed(fingerprint, ask));
  const baseURL = `${origin}/v1`;
  const model = models.find(isChatModel) ?? models[0];
  return {
    server,
    name,
    baseURL,
    ...(version === undefined ? {} : { version }),
    provedBy,
    needsKey,
    models,
    isLoading: list?.status === 503,
    profile: {
      name: `${name} (${new URL(origin).host})`,
      provider: "custom",
      baseURL,
      auth: needsKey ? "key" : "none",
      ...(model === undefined ? {} : { model }),
      settings: { server },
    },
  };
}

async function versionOf({ version }: Fingerprint, ask: Ask): Promise<string | undefined> {
  const json = version === undefined ? undefined : (await ask(version.path))?.json;
  const value = version !== undefined && isObject(json) ? json[version.field] : undefined;
  return isWord(value) ? value : undefined;
}

async function isKeyed({ keyed }: Fingerprint, ask: Ask): Promise<boolean> {
  const page = keyed === undefined ? undefined : await ask(keyed.path);
  return page !== undefined && keyed?.isKeyed(page) === true;
}

function modelIds(list: Page | undefined): string[] {
  const ids = objectsIn(list?.json, "data").map((model) => model["id"]);
  return [...new Set(ids.filter(isWord))];
}

/** False for a value that cannot be a name: empty, too long, or with hidden or control characters. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= LONGEST_WORD && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value);
}
