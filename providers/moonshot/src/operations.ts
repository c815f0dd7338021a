/** Key check, balance, model list and token count of Moonshot. */
import {
  type Account,
  type Capabilities,
  endpoint,
  isObject,
  type JsonObject,
  type OperationContext,
  type Operations,
} from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { accountOperations, modelList, tokenCounter } from "@lumiverse/protocols/chat-completions/operations";
import type { MoonshotSettings } from "./settings.ts";

export function operations(dialect: Dialect): Operations<MoonshotSettings> {
  return {
    ...accountOperations(dialect, { url: ({ base }) => endpoint(base, "/users/me/balance"), read: readBalance }),
    models: modelList({ capabilities: listedCapabilities }),
    countTokens: tokenCounter({ url: ({ base }) => endpoint(base, "/tokenizers/estimate-token-count"), totalAt: "data.total_tokens" }),
  };
}

/** The regions have separate accounts, with a currency each. */
function readBalance(json: unknown, { base, settings }: OperationContext<MoonshotSettings>): Account | undefined {
  const data = isObject(json) ? json["data"] : undefined;
  if (!isObject(data) || typeof data["available_balance"] !== "number") return undefined;
  const amount = data["available_balance"];
  const currency = settings.region === "cn" || base.hostname.endsWith(".cn") ? "CNY" : "USD";
  return { balance: { amount, currency }, summary: `${amount.toFixed(2)} ${currency}` };
}

/** The capabilities that a list entry states. It does not state reasoning levels, so only `false` is used of `supports_reasoning`. */
function listedCapabilities(entry: JsonObject): Capabilities | undefined {
  const { supports_image_in: image, supports_video_in: video, supports_reasoning: reasons } = entry;
  if (typeof image !== "boolean" && typeof video !== "boolean") return undefined;
  return { "input.image": image === true, "input.video": video === true, ...(reasons === false ? { reasoning: false } : {}) };
}
