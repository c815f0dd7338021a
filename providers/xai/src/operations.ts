import {
  type Capabilities,
  endpoint,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type Operations,
  type Price,
  wordOf,
} from "@lumiverse/core/provider";
import { modelList, modelListCheck } from "@lumiverse/protocols/chat-completions/operations";
import { errors } from "./errors.ts";

const keyCheck = modelListCheck({ errors }, { path: "/api-key" });

/** `/api-key` also answers 200 to a blocked key, so the flags and the permissions in the answer decide whether the key is usable. */
const check: Operation<KeyVerdict> = {
  ...keyCheck,
  parse(response) {
    const { status, json } = response;
    if (status >= 400 || !isObject(json) || !Array.isArray(json["acls"])) return keyCheck.parse(response);
    const blocked = BLOCKED.find(([flag]) => json[flag] === true)?.[1];
    const reason = blocked ?? (mayChat(json["acls"]) ? undefined : "the key has no permission for a chat endpoint");
    if (reason === undefined) return { value: { key: "valid", usable: true } };
    return { value: { key: "valid", usable: false, reason, hint: "Check the key and the team at https://console.x.ai" } };
  },
};

function mayChat(permissions: readonly unknown[]): boolean {
  return permissions.some((one) => /^api-key:endpoint:(?:\*|chat|responses)/.test(wordOf(one)));
}

const BLOCKED = [
  ["team_blocked", "the team is blocked"],
  ["api_key_blocked", "the key is blocked"],
  ["api_key_disabled", "the key is disabled"],
] as const;

/** `/language-models` contains kinds of input and prices. Only the vendor's main host is known to serve it; other hosts serve `/models`. */
const models: Operation<readonly ModelInfo[]> = {
  ...modelList({
    entriesAt: "models",
    context: ["context_length", "max_prompt_length"],
    filter: isChatModel,
    capabilities: capabilitiesOf,
    refine,
  }),
  request: ({ base }) => ({ method: "GET", url: endpoint(base, base.origin === "https://api.x.ai" ? "/language-models" : "/models") }),
};

/** `/models` also lists models for images, video and embeddings. */
function isChatModel({ id, output_modalities: output }: JsonObject): boolean {
  return Array.isArray(output) ? output.includes("text") : !/imagine|image|embed|video/.test(wordOf(id));
}

function capabilitiesOf({ input_modalities: input }: JsonObject): Capabilities | undefined {
  return Array.isArray(input) ? { "input.image": input.includes("image") } : undefined;
}

function refine(info: ModelInfo, entry: JsonObject): void {
  const price = pricesOf(entry, "");
  if (price === undefined) return;
  info.price = { ...price, currency: "USD" };
  const { long_context_threshold: threshold } = entry;
  const above = pricesOf(entry, "_long_context");
  if (typeof threshold === "number" && threshold > 0 && above !== undefined) info.price.above = { inputTokens: threshold, ...above };
}

/** Prices are integers in units of 0.0001 USD per million tokens. */
function pricesOf(entry: JsonObject, suffix: string): Omit<Price, "currency" | "above" | "cacheWrite"> | undefined {
  const of = (name: string): number | undefined => {
    const value = entry[`${name}_token_price${suffix}`];
    return typeof value === "number" && value > 0 ? value / 10_000 : undefined;
  };
  const [input, output, cacheRead] = [of("prompt_text"), of("completion_text"), of("cached_prompt_text")];
  if (input === undefined || output === undefined) return undefined;
  return { input, output, ...(cacheRead === undefined ? {} : { cacheRead }) };
}

export const operations: Operations = { check, models };
