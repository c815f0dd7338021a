/** Key check, account and model list of ElectronHub. */
import {
  type Account,
  type Capabilities,
  endpoint,
  isObject,
  type JsonObject,
  type ModelInfo,
  type Operations,
  type Price,
} from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { accountOperations, modelList } from "@lumiverse/protocols/chat-completions/operations";

export function operations(dialect: Dialect): Operations {
  return {
    ...accountOperations(dialect, {
      url: ({ base }) => endpoint(base, "/user/me"),
      usable: ({ balance }) => ((balance?.amount ?? 0) > 0 ? true : "unknown"), // `:free` models cost no credits
      read: readAccount,
    }),
    models: modelList({ filter: isChatModel, capabilities: listedCapabilities, refine }),
  };
}

function readAccount(json: unknown): Account | undefined {
  if (!isObject(json) || typeof json["credits"] !== "number") return undefined;
  const { credits, subscription } = json;
  const plan = typeof subscription === "string" && subscription !== "" ? { plan: subscription } : {};
  return {
    ...plan,
    balance: { amount: credits, currency: "credits" },
    summary: `${credits} credits${"plan" in plan ? `, plan ${plan.plan}` : ""}`,
  };
}

/** The list also contains models for images, speech and embeddings. */
function isChatModel({ endpoints }: JsonObject): boolean {
  return !Array.isArray(endpoints) || endpoints.includes("/v1/chat/completions");
}

const FLAGS = { "input.image": "vision", tools: "function_call", reasoning: "reasoning" } as const;

/** The capabilities that a list entry states. */
function listedCapabilities({ metadata }: JsonObject): Capabilities | undefined {
  if (!isObject(metadata)) return undefined;
  const capabilities: Record<string, boolean> = {};
  for (const [capability, word] of Object.entries(FLAGS)) {
    const flag = metadata[word];
    // The list does not state reasoning levels, and `true` would hide the known ones.
    if (typeof flag === "boolean" && !(capability === "reasoning" && flag)) capabilities[capability] = flag;
  }
  return capabilities;
}

/** Input limit and price of a list entry. */
function refine(info: ModelInfo, { max_input_tokens: input, pricing }: JsonObject): void {
  if (typeof input === "number" && input > 0) info.inputTokens = input;
  // Prices of other types are per image, second or call.
  if (!isObject(pricing) || pricing["type"] !== "per_million_tokens" || typeof pricing["input"] !== "number") return;
  const price: Price = { input: pricing["input"], currency: "USD" };
  for (const [key, word] of [
    ["output", "output"],
    ["cacheRead", "cache_read"],
    ["cacheWrite", "cache_write_5m"],
  ] as const) {
    const amount = pricing[word];
    if (typeof amount === "number") price[key] = amount;
  }
  info.price = price;
}
