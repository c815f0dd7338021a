import {
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type Price,
} from "@lumiverse/core";
import { type Dialect, modelList, modelsCheck } from "@lumiverse/protocols/chat-completions";

/** `/api-key` answers 200 to a key that is blocked as well: its flags decide, and the list of what the key may do. */
export function keyCheck(dialect: Dialect): Operation<KeyVerdict> {
  const refused = modelsCheck(dialect, "/api-key");
  return {
    ...refused,
    parse(response, context) {
      const { status, json } = response;
      if (status >= 400 || !isObject(json)) return refused.parse(response, context);
      const blocked = STATES.find(([flag]) => json[flag] === true);
      const acls = Array.isArray(json["acls"]) ? json["acls"].map(String) : undefined;
      const mute = acls !== undefined && !acls.some((acl) => /^api-key:endpoint:(?:\*|chat|responses)/.test(acl));
      const value: KeyVerdict = { key: "valid", usable: blocked === undefined && !mute };
      if (blocked !== undefined) value.reason = blocked[1];
      else if (mute) value.reason = "the key may call no chat endpoint";
      if (value.usable !== true) value.hint = "See the key and the team at https://console.x.ai";
      return { value };
    },
  };
}

const STATES = [
  ["team_blocked", "the team is blocked"],
  ["api_key_blocked", "the key is blocked"],
  ["api_key_disabled", "the key is disabled"],
] as const;

/** The vendor's own list of chat models says most (kinds of input, prices); a proxy has the usual one. */
export function grokModels(base: string): Operation<readonly ModelInfo[]> {
  const list = modelList({ at: "models", context: ["context_length", "max_prompt_length"], keep: isChatModel, takes: factsOf, refine });
  return {
    ...list,
    request: (context) => ({
      method: "GET",
      url: endpoint(context.base, context.base.origin === new URL(base).origin ? "/language-models" : "/models"),
    }),
  };
}

/** `/models` lists what draws and embeds as well. */
function isChatModel({ id, output_modalities: output }: JsonObject): boolean {
  return Array.isArray(output) ? output.includes("text") : !/imagine|image|embed|video/.test(String(id));
}

function factsOf({ input_modalities: input }: JsonObject): Facts | undefined {
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

/** Whole numbers; ten thousand of them are a dollar per million tokens. */
function pricesOf(entry: JsonObject, suffix: string): Omit<Price, "currency" | "above" | "cacheWrite"> | undefined {
  const of = (name: string): number | undefined => {
    const value = entry[`${name}_token_price${suffix}`];
    return typeof value === "number" && value > 0 ? value / 10_000 : undefined;
  };
  const [input, output, cacheRead] = [of("prompt_text"), of("completion_text"), of("cached_prompt_text")];
  if (input === undefined || output === undefined) return undefined;
  return { input, output, ...(cacheRead === undefined ? {} : { cacheRead }) };
}
