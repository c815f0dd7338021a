/** Looks for the API at other addresses of the same origin, so that the key never leaves it. */

import { isLumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { type ConnectionSource, connectSource, type SharedConnectOptions } from "../profile/connect.ts";
import { readPage } from "../read-page.ts";

interface Options {
  connect?: SharedConnectOptions;
  timeoutMs?: number;
}

/** Another base URL at the same origin under which a model list answers. Undefined: none was found. */
export async function findBetterBase(source: ConnectionSource, base: URL, options: Options): Promise<string | undefined> {
  for (const candidate of candidates(base)) if (await listsModels(source, candidate, options)) return candidate;
  return undefined;
}

/** Likely addresses, the most likely first: with a version, with one version instead of two, and where servers usually have their API. */
function candidates(base: URL): string[] {
  const parts = base.pathname.split("/").filter((part) => part !== "");
  const path = parts.map((part) => `/${part}`).join("");
  const isVersion = (part: string): boolean => /^v\d+[a-z0-9]*$/.test(part);
  const paths: string[] = [];
  if (!parts.some(isVersion)) paths.push(`${path}/v1`);
  if (parts.filter(isVersion).length > 1) {
    const first = parts.findIndex(isVersion);
    paths.push(
      `/${parts.slice(0, first + 1).join("/")}`,
      `/${parts.filter((part, index) => !isVersion(part) || index === parts.length - 1).join("/")}`,
    );
  }
  paths.push("/v1", "/api/v1", "/openai/v1");
  return [...new Set(paths)].filter((one) => one !== path).map((one) => base.origin + one);
}

/** How many versions a path has, such as one in `/api/v1`. */
export function versionsIn(path: string): number {
  return path.match(/\/v\d+[a-z0-9]*(?=\/|$)/g)?.length ?? 0;
}

async function listsModels(source: ConnectionSource, candidate: string, { connect, timeoutMs = 5000 }: Options): Promise<boolean> {
  let headers: Record<string, string> = {};
  // Only bearer keys are sent, because OpenAI-compatible servers expect them.
  if (source.key !== undefined && source.provider.credential.kind === "api-key") headers = { authorization: `Bearer ${source.key}` };
  const page = await readPage(`${candidate}/models`, {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...(connect?.fetch === undefined ? {} : { fetch: connect.fetch }),
  });
  if (page === undefined || page.status !== 200 || !isObject(page.json)) return false;
  return Array.isArray(page.json["data"]) || Array.isArray(page.json["models"]);
}

/** True when the server has a route for Chat Completions. It is asked with an empty body and without a key, which no server answers with a chat. */
export async function hasChatCompletions(base: URL, { connect, timeoutMs = 5000 }: Options): Promise<boolean> {
  const bases = [`${base.origin}${base.pathname.replace(/\/+$/, "")}`, `${base.origin}/v1`];
  for (const one of new Set(bases)) {
    const page = await readPage(`${one}/chat/completions`, {
      body: "{}",
      signal: AbortSignal.timeout(timeoutMs),
      ...(connect?.fetch === undefined ? {} : { fetch: connect.fetch }),
    });
    if (page !== undefined && isObject(page.json) && ![404, 405, 501].includes(page.status)) return true;
  }
  return false;
}

/** The values of the setting `protocol` with which the server answers a chat. Undefined where a provider has no such setting. */
export async function findOtherProtocols(
  source: ConnectionSource,
  model: string,
  { connect, timeoutMs = 10_000 }: Options,
): Promise<string[] | undefined> {
  const field = (await source.provider.settings?.())?.fields.find(({ path, type }) => path === "protocol" && type === "choice");
  if (field === undefined) return undefined;
  const now = source.settings["protocol"] ?? field.default;
  const working: string[] = [];
  for (const { value } of (field.choices ?? []).filter((choice) => choice.value !== now)) {
    const connection = connectSource({ ...source, settings: { ...source.settings, protocol: value } }, { ...connect, retry: false });
    try {
      await connection.generate({
        model,
        messages: [{ role: "user", content: "Say hello." }],
        maxOutputTokens: 16,
        timeouts: { total: timeoutMs },
      });
      working.push(value);
    } catch (cause) {
      if (!isLumiverseError(cause)) throw cause;
    } finally {
      connection.close();
    }
  }
  return working;
}
