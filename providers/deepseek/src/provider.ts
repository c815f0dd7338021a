/** DeepSeek serves prefill and strict tools at `/beta` only, and refuses a forced tool while the model thinks. */
import { type Capabilities, type ChatRequest, isObject, type Provider, type Rule } from "@lumiverse/core/provider";
import { chatProvider, type Dialect, type DialectModel, openaiStrict, schemaOmitting } from "@lumiverse/protocols/chat-completions";
import { atRoot } from "./base-url.ts";
import type { DeepseekSettings } from "./settings.ts";
import { version } from "./version.ts";

const dialect: Dialect = {
  prefill: "prefix",
  toolTurnContent: "empty", // as the vendor writes its own turns; some hosts of these models show lists of parts as text
  compileStrictSchema(schema, compile) {
    // The strict subset has no lengths of strings and lists (https://api-docs.deepseek.com/guides/tool_calls).
    const unlimited = schemaOmitting("minLength", "maxLength", "minItems", "maxItems")(schema, compile);
    return unlimited.losses.length > 0 ? unlimited : openaiStrict(schema, compile);
  },
  defaults: { thinking: { type: "enabled" } }, // the vendor's default; sent because the vendor's checks of the history depend on it
  reasoning: {
    on: ({ effort }) => ({ thinking: { type: "enabled" }, ...(effort === undefined ? {} : { reasoning_effort: effort }) }),
    off: () => ({ thinking: { type: "disabled" } }), // an effort is refused together with it
    // With tool calls in the history, a turn without this field is refused with 400, also in later turns. Sending it on every turn is always accepted.
    replay: "present",
  },
  errors: [
    {
      status: 400,
      text: "must be passed back",
      is: "invalid-request",
      hint: "Send the assistant messages back unchanged, with their reasoning parts",
    },
    { status: [400, 404], text: ["model not exist", "supported api model names"], is: "model-not-found" },
    { status: 400, text: "content exists risk", is: "content-filter" },
    { status: 402, is: "insufficient-balance", hint: "Top up at https://platform.deepseek.com/top_up" },
    {
      status: 400,
      text: ["unknown variant `image", "unknown variant `input", "unknown variant `file", "unknown variant `video"],
      is: "unsupported",
      hint: "This model accepts text only: use deepseek-flash for images",
    },
  ],
  finishBody({ body, notes }) {
    const messages = body["messages"];
    const last: unknown = Array.isArray(messages) ? messages[messages.length - 1] : undefined;
    if (isObject(last) && last["prefix"] === true) last["reasoning_content"] = ""; // a prefill is an assistant turn, and each of them needs the field
    const choice = body["tool_choice"];
    const thinks = isObject(body["thinking"]) && body["thinking"]["type"] !== "disabled";
    if (!thinks || choice === undefined || choice === "auto" || choice === "none") return;
    body["thinking"] = { type: "disabled" };
    delete body["reasoning_effort"];
    notes.push({
      kind: "changed",
      field: "reasoning",
      message: "Thinking was switched off for this call, because the vendor refuses a forced tool while the model thinks.",
    });
  },
};

const capabilities: Capabilities = {
  "input.audio": false, // 400: unknown variant
  "input.file": false,
  "input.video": false,
  "output.image": false,
  "output.audio": false,
  tools: true,
  "toolChoice.none": true,
  "toolChoice.required": true,
  "toolChoice.named": true,
  parallelToolCalls: false, // accepted, but not documented, so its effect is unknown
  "tools.strict": true,
  "tools.images": false,
  "output.schema": false,
  "output.json": true,
  reasoning: ["low", "high", "max"],
  "reasoning.off": true,
  "reasoning.budget": false,
  "reasoning.visible": true,
  maxOutputTokens: true,
  temperature: [0, 2],
  topP: [0, 1],
  topK: false, // ignored
  minP: false,
  frequencyPenalty: [-2, 2],
  presencePenalty: [-2, 2],
  repetitionPenalty: false,
  stop: [0, 16],
  seed: false, // ignored
  logprobs: [0, 20],
  prefill: true,
  "cache.explicit": false,
  "cache.automatic": false,
  "cache.implicit": true,
  streaming: true,
  sources: false,
  webSearch: false, // on the Responses API only
  models: true,
  account: true,
};

const models: readonly DialectModel[] = [
  {
    match: ["deepseek-flash", "deepseek-chat", "deepseek-reasoner", "deepseek-v4-flash-vision-exp"],
    capabilities: { "input.image": true },
  }, // V4.1
  { match: "deepseek-v4-pro", capabilities: { "input.image": false } },
  {
    match: "deepseek-chat", // deepseek-flash with thinking off; the vendor was seen to accept tool loops without reasoning
    capabilities: { reasoning: false, "reasoning.off": false },
    dialect: { defaults: { thinking: { type: "disabled" } }, reasoning: { replay: "always" } },
  },
  {
    match: "deepseek-reasoner", // deepseek-flash with thinking on, so no tool can be forced
    capabilities: { "reasoning.off": false, "toolChoice.required": false, "toolChoice.named": false },
  },
];

const IGNORED = 'The vendor accepts this field and ignores it while the model thinks. Set reasoning: "off" to make it effective.';
const rules: readonly Rule[] = (["temperature", "topP", "frequencyPenalty", "presencePenalty"] as const).map((field) => ({
  field,
  when: thinking,
  then: "drop",
  because: IGNORED,
}));

function thinking({ model, reasoning, toolChoice }: ChatRequest): boolean {
  const forced = toolChoice === "required" || typeof toolChoice === "object";
  return model !== "deepseek-chat" && reasoning !== "off" && !forced;
}

/** DeepSeek: https://api-docs.deepseek.com */
export const deepseek: Provider<DeepseekSettings> = chatProvider<DeepseekSettings>({
  id: "deepseek",
  name: "DeepSeek",
  docs: "https://api-docs.deepseek.com",
  version,
  base: "https://api.deepseek.com",
  env: "DEEPSEEK_API_KEY",
  keyPage: "https://platform.deepseek.com/api_keys",
  settings: () => import("./settings.ts"),
  catalogue: () => import("./catalogue.ts"),
  dialect,
  capabilities,
  models,
  rules,
  adjust({ call: { settings, request }, base }) {
    const defaults = settings.userId === undefined ? {} : { defaults: { user_id: settings.userId } };
    if (settings.beta === false)
      return { dialect: { ...defaults, strict: "omit" }, capabilities: { prefill: false, "tools.strict": false } };
    return { dialect: defaults, ...(needsBeta(request) ? { base: atRoot(base, "/beta") } : {}) };
  },
  operations: () => import("./operations.ts").then(({ operations }) => operations(dialect)),
});

/** A trailing assistant turn is a prefill as well. */
function needsBeta({ tools, prefill, messages }: ChatRequest): boolean {
  const isStrict = tools?.some((tool) => "name" in tool && tool.strict === true) === true;
  return isStrict || (prefill !== undefined && prefill !== "") || messages[messages.length - 1]?.role === "assistant";
}
