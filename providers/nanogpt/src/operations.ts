/** Key check, account and model list of NanoGPT. */
import { type Capabilities, isObject, type JsonObject, type Operations, type Price, wordOf } from "@lumiverse/core/provider";
import type { Dialect } from "@lumiverse/protocols/chat-completions";
import { modelList } from "@lumiverse/protocols/chat-completions/operations";
import { account, keyCheck } from "./account.ts";
import { thinks } from "./model-id.ts";
import type { NanogptSettings } from "./settings.ts";

export function operations(dialect: Dialect): Operations<NanogptSettings> {
  return {
    check: keyCheck(dialect),
    models: modelList({
      path: "/models?detailed=true",
      name: ["name", "displayName"],
      maxOutput: ["max_output_tokens"],
      capabilities: listedCapabilities,
      released: "created",
      refine(info, { pricing, canonicalId }) {
        const price = priceOf(pricing);
        if (price !== undefined) info.price = price;
        if (typeof canonicalId === "string" && canonicalId !== info.id) info.aliases = [canonicalId];
      },
    }),
    account: account(dialect),
  };
}

/** The capabilities that a list entry states. */
function listedCapabilities({ capabilities, id }: JsonObject): Capabilities | undefined {
  if (!isObject(capabilities)) return undefined;
  const listed: { -readonly [C in keyof Capabilities]: Capabilities[C] } = {};
  const flags = {
    "input.image": "vision",
    "input.file": "pdf_upload",
    tools: "tool_calling",
    parallelToolCalls: "parallel_tool_calls",
    "output.schema": "structured_output",
  } as const;
  for (const [capability, name] of Object.entries(flags) as [keyof typeof flags, string][]) // the keys of `flags`
    if (typeof capabilities[name] === "boolean") listed[capability] = capabilities[name];
  // An id without `:thinking` may state reasoning although only its `:thinking` sibling thinks, so only `false` is used.
  if (capabilities["reasoning"] === false && !thinks(wordOf(id))) listed.reasoning = false;
  return listed;
}

/** Prices are per million tokens. */
function priceOf(pricing: unknown): Price | undefined {
  if (!isObject(pricing) || pricing["unit"] !== "per_million_tokens" || typeof pricing["prompt"] !== "number") return undefined;
  return {
    input: pricing["prompt"],
    ...(typeof pricing["completion"] === "number" ? { output: pricing["completion"] } : {}),
    currency: typeof pricing["currency"] === "string" ? pricing["currency"] : "USD",
  };
}
