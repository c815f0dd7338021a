/** What vendors refuse although their types accept it: bounds, empty lists, and pairs of fields. Each limit names the page that states it. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { hasRefusedPattern, isDangling, isJsonSchema } from "./json-schema.ts";

/** A rule about bodies that types cannot express. */
export interface Limit {
  /** The providers that it concerns. */
  providers: readonly string[] | "all";
  protocol: string;
  /** The path that a finding shows. */
  path: string;
  /** What is wrong with a body that breaks it. */
  refusal: string;
  /** The page that states it. */
  source: string;
  isBroken: (body: JsonObject) => boolean;
}

// ── reading a body ───────────────────────────────────────────────────────────────────────────────────────────────────

const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
const field = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((at, name) => (isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
const outside = (value: unknown, min: number, max: number): boolean => typeof value === "number" && (value < min || value > max);
const isBlank = (value: unknown): boolean => typeof value === "string" && value.trim() === "";
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const longer = (value: unknown, than: number): boolean => Array.isArray(value) && value.length > than;

/** All objects in a schema that are schemas of values. */
function schemasIn(schema: unknown): JsonObject[] {
  if (!isObject(schema)) return [];
  const inner = [
    ...["properties", "$defs", "definitions", "patternProperties"].flatMap((name) => Object.values(Object(schema[name]) as JsonObject)), // no object: no values
    ...["anyOf", "oneOf", "allOf", "prefixItems"].flatMap((name) => list(schema[name])),
    schema["items"],
    schema["additionalProperties"],
  ];
  return [schema, ...inner.flatMap(schemasIn)];
}

const COMBINERS = ["anyOf", "oneOf", "allOf", "not", "enum"];
const hasOpenRoot = (schema: unknown): boolean => isObject(schema) && COMBINERS.some((name) => schema[name] !== undefined);
const isArrayWithoutItems = (schema: JsonObject): boolean =>
  [schema["type"]].flat().includes("array") && schema["items"] === undefined && schema["prefixItems"] === undefined;

const chatSchemas = (body: JsonObject): unknown[] => list(body["tools"]).map((tool) => field(tool, "function", "parameters"));
const responsesSchemas = (body: JsonObject): unknown[] =>
  list(body["tools"])
    .filter((tool) => tool["type"] === "function")
    .map((tool) => tool["parameters"]);
const claudeTools = (body: JsonObject): JsonObject[] => list(body["tools"]).filter((tool) => tool["input_schema"] !== undefined);

/** Ids of calls and of results, in order, for the protocols that pair them by id. */
const chatCalls = (body: JsonObject): string[] =>
  list(body["messages"]).flatMap((message) => list(message["tool_calls"]).map((call) => String(call["id"])));

/** True if a result has no call in the assistant turn before it, or a call has no result after it. */
function areResultsUnpaired(body: JsonObject): boolean {
  let open: unknown[] = [];
  for (const message of list(body["messages"])) {
    if (message["role"] === "tool") {
      if (!open.includes(message["tool_call_id"])) return true;
      open = open.filter((id) => id !== message["tool_call_id"]);
    } else {
      if (open.length > 0) return true;
      open = list(message["tool_calls"]).map((call) => call["id"]);
    }
  }
  return open.length > 0;
}

const claudeBlocks = (body: JsonObject): JsonObject[] => list(body["messages"]).flatMap((message) => list(message["content"]));

/** True if a `tool_use` has no `tool_result` in the next turn, or the other way round. */
function areClaudeResultsUnpaired(body: JsonObject): boolean {
  let open: unknown[] = [];
  for (const message of list(body["messages"])) {
    const blocks = list(message["content"]);
    const results = blocks.filter(({ type }) => type === "tool_result").map((block) => block["tool_use_id"]);
    if (open.length !== results.length || open.some((id) => !results.includes(id))) return true;
    open = blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id);
  }
  return open.length > 0;
}

/** True at OpenAI, and at OpenRouter for OpenAI's models and for routers that may choose one. Weights that others serve are checked less strictly. */
const reachesOpenai = ({ model }: JsonObject): boolean => !/^~?(?!openai\/(?!gpt-oss)|openrouter\/)[^/]+\//.test(String(model));

const hasJson = (body: JsonObject): boolean => ["json_object", "json_schema"].includes(String(field(body, "response_format", "type")));
const config = (body: JsonObject, ...path: string[]): unknown => field(body, "generationConfig", ...path);
const declarations = (body: JsonObject): JsonObject[] => list(body["tools"]).flatMap((tool) => list(tool["functionDeclarations"]));

// ── the limits ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Makes one limit of certain providers on a protocol. */
type Limits = (path: string, refusal: string, source: string, isBroken: Limit["isBroken"]) => Limit;

/** Makes the limits of some providers on one protocol. */
function limitsOf(providers: Limit["providers"], protocol: string): Limits {
  return (path, refusal, source, isBroken) => ({ providers, protocol, path, refusal, source, isBroken });
}

const CHAT = "chat-completions";
const onChat = limitsOf("all", CHAT);
const onOpenaiResponses = limitsOf(["openai"], "responses");
const onOpenaiChat = limitsOf(["openai"], CHAT);
const onOpenaiModels = limitsOf(["openai", "openrouter"], CHAT);
const onResponses = limitsOf(["openai", "xai"], "responses");
const onClaude = limitsOf(["anthropic"], "messages");
const onGemini = limitsOf(["google", "google-vertex"], "generate-content");
const onGroq = limitsOf(["groq"], CHAT);
const onMistral = limitsOf(["mistral"], CHAT);
const onOpenrouter = limitsOf(["openrouter"], CHAT);

const OPENAI = "https://platform.openai.com/docs/api-reference/chat/create";
const RESPONSES = "https://platform.openai.com/docs/api-reference/responses/create";
const FUNCTIONS = "https://platform.openai.com/docs/guides/function-calling";
const STRUCTURED = "https://platform.openai.com/docs/guides/structured-outputs#supported-schemas";
const CLAUDE = "https://platform.claude.com/docs/en/api/messages/create";
const CLAUDE_THINKING = "https://platform.claude.com/docs/en/build-with-claude/extended-thinking";
const CLAUDE_TOOLS = "https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use";
const CLAUDE_CACHE = "https://platform.claude.com/docs/en/build-with-claude/prompt-caching";
const GEMINI = "https://ai.google.dev/api/generate-content";
const GEMINI_TOOLS = "https://ai.google.dev/api/caching#FunctionDeclaration";
const GROQ = "https://console.groq.com/docs/structured-outputs";
const MISTRAL = "https://docs.mistral.ai/api/endpoint/chat";
const OPENROUTER = "https://openrouter.ai/docs/api-reference/parameters";
/** Its chat templates read the fields of the arguments. */
const VLLM = "https://docs.vllm.ai/en/latest/features/tool_calling.html";

const DRAFT = "https://json-schema.org/draft/2020-12";

/** Limits on the schemas of tools that all vendors share. */
function onSchemas(protocol: string, path: string, schemasOf: (body: JsonObject) => unknown[]): Limit[] {
  const onSchema = limitsOf("all", protocol);
  const some = (body: JsonObject, test: (schema: JsonObject) => boolean): boolean => schemasOf(body).filter(isObject).some(test);
  return [
    onSchema(path, "is not valid by draft 2020-12 of JSON Schema", DRAFT, (body) => some(body, (schema) => !isJsonSchema(schema))),
    onSchema(path, "has a reference that leads nowhere", DRAFT, (body) =>
      some(body, (root) => schemasIn(root).some((schema) => isDangling(root, schema))),
    ),
    // No refusal by Gemini is known, and its OpenAPI subset refuses empty properties.
    onSchema(path, "has `required` without `properties`", "https://console.groq.com/docs/tool-use", (body) =>
      /(?:^|\/)gemini-/.test(String(body["model"]))
        ? false
        : some(body, (root) => schemasIn(root).some((schema) => schema["required"] !== undefined && schema["properties"] === undefined)),
    ),
  ];
}

/** Hosts that need `type: "object"` at the root of a function's parameters, and gateways that forward to them. */
const FORWARDING = ["openai", "openrouter", "deepseek", "moonshot", "groq", "electronhub", "nanogpt", "pollinations"];

const ON_CHAT: readonly Limit[] = [
  onChat("/tools", "is an empty list", OPENAI, (body) => isEmptyList(body["tools"])),
  onChat("/messages", "is an empty list", OPENAI, (body) => isEmptyList(body["messages"])),
  onChat("/messages/[]/content", "is an empty list", OPENAI, (body) => list(body["messages"]).some((one) => isEmptyList(one["content"]))),
  onChat("/messages/[]/tool_calls", "is an empty list", OPENAI, (body) =>
    list(body["messages"]).some((one) => isEmptyList(one["tool_calls"])),
  ),
  onChat("/stop", "is an empty list or has an empty text", OPENAI, ({ stop }) => isEmptyList(stop) || [stop].flat().includes("")),
  onChat("/messages", "has a tool message without its call, or a call without its tool message", FUNCTIONS, areResultsUnpaired),
  onChat("/messages/[]/tool_calls/[]/id", "is not unique in the request", FUNCTIONS, (body) => {
    const ids = chatCalls(body);
    return new Set(ids).size < ids.length;
  }),
  onChat("/tool_choice", "is sent without tools", OPENAI, (body) => body["tool_choice"] !== undefined && body["tools"] === undefined),
  onChat(
    "/parallel_tool_calls",
    "is sent without tools",
    OPENAI,
    (body) => body["parallel_tool_calls"] !== undefined && body["tools"] === undefined,
  ),
  onChat("/top_logprobs", "is sent without logprobs", OPENAI, (body) => body["top_logprobs"] !== undefined && body["logprobs"] !== true),
  onChat("/stream_options", "is sent without stream", OPENAI, (body) => isObject(body["stream_options"]) && body["stream"] !== true),
  onChat("/tools/[]/function/name", "is not 1 to 64 of a-z A-Z 0-9 _ -", FUNCTIONS, (body) =>
    list(body["tools"]).some((tool) => isObject(tool["function"]) && !/^[\w-]{1,64}$/.test(String(tool["function"]["name"]))),
  ),
  onChat("/messages/[]/tool_calls/[]/function/name", "is not 1 to 64 of a-z A-Z 0-9 _ -", FUNCTIONS, (body) =>
    list(body["messages"]).some((message) =>
      list(message["tool_calls"]).some((call) => !/^[\w-]{1,64}$/.test(String(field(call, "function", "name")))),
    ),
  ),
  limitsOf(["chutes", "custom", "infermatic"], CHAT)(
    "/messages/[]/tool_calls/[]/function/arguments",
    "is not the JSON of an object",
    VLLM,
    (body) =>
      list(body["messages"]).some((message) =>
        list(message["tool_calls"]).some((call) => !isJsonObject(field(call, "function", "arguments"))),
      ),
  ),
  limitsOf(FORWARDING, CHAT)("/tools/[]/function/parameters", "has a root that is not of type object", FUNCTIONS, (body) =>
    chatSchemas(body).some((schema) => isObject(schema) && schema["type"] !== "object"),
  ),
  onChat("/response_format/json_schema/name", "is not 1 to 64 of a-z A-Z 0-9 _ -", OPENAI, (body) => {
    const name = field(body, "response_format", "json_schema", "name");
    return name !== undefined && !/^[\w-]{1,64}$/.test(String(name));
  }),
];

const ON_SCHEMAS: readonly Limit[] = [
  ...onSchemas(CHAT, "/tools/[]/function/parameters", chatSchemas),
  ...onSchemas("responses", "/tools/[]/parameters", responsesSchemas),
  ...onSchemas("messages", "/tools/[]/input_schema", (body) => claudeTools(body).map((tool) => tool["input_schema"])),
  ...onSchemas("generate-content", "/tools/[]/functionDeclarations/[]/parametersJsonSchema", (body) =>
    declarations(body).map((declared) => declared["parametersJsonSchema"]),
  ),
  limitsOf(["openai", "openrouter", "deepseek"], CHAT)(
    "/tools/[]/function/parameters",
    "has a pattern with lookaround, a named group or a Unicode class",
    STRUCTURED,
    (body) => reachesOpenai(body) && chatSchemas(body).flatMap(schemasIn).some(hasRefusedPattern),
  ),
  onOpenaiResponses("/tools/[]/parameters", "has a pattern with lookaround, a named group or a Unicode class", STRUCTURED, (body) =>
    responsesSchemas(body).flatMap(schemasIn).some(hasRefusedPattern),
  ),
];

const OF_OPENAI: readonly Limit[] = [
  onOpenaiChat("/stop", "has more than four texts", OPENAI, ({ stop }) => longer(stop, 4)),
  onOpenaiChat("/tools", "has more than 128 tools", OPENAI, ({ tools }) => longer(tools, 128)),
  onOpenaiChat("/temperature", "is outside 0 to 2", OPENAI, ({ temperature }) => outside(temperature, 0, 2)),
  onOpenaiChat("/top_p", "is outside 0 to 1", OPENAI, (body) => outside(body["top_p"], 0, 1)),
  onOpenaiChat("/frequency_penalty", "is outside -2 to 2", OPENAI, (body) => outside(body["frequency_penalty"], -2, 2)),
  onOpenaiChat("/presence_penalty", "is outside -2 to 2", OPENAI, (body) => outside(body["presence_penalty"], -2, 2)),
  onOpenaiChat("/top_logprobs", "is outside 0 to 20", OPENAI, (body) => outside(body["top_logprobs"], 0, 20)),
  onOpenaiModels(
    "/tools/[]/function/parameters",
    "has anyOf, oneOf, allOf, not or enum at the root",
    STRUCTURED,
    (body) => reachesOpenai(body) && chatSchemas(body).some(hasOpenRoot),
  ),
  onOpenaiModels(
    "/tools/[]/function/parameters",
    "is an object without properties",
    FUNCTIONS,
    (body) => reachesOpenai(body) && chatSchemas(body).some((schema) => isObject(schema) && schema["properties"] === undefined),
  ),
  onOpenaiModels(
    "/tools/[]/function/parameters",
    "has an array without items",
    FUNCTIONS,
    (body) => reachesOpenai(body) && chatSchemas(body).flatMap(schemasIn).some(isArrayWithoutItems),
  ),
  onResponses("/tools", "is an empty list", RESPONSES, (body) => isEmptyList(body["tools"])),
  onResponses("/input", "is an empty list", RESPONSES, (body) => isEmptyList(body["input"])),
  onResponses("/input/[]/content", "is an empty list", RESPONSES, (body) =>
    list(body["input"]).some((item) => item["type"] !== "reasoning" && isEmptyList(item["content"])),
  ),
  onOpenaiResponses("/max_output_tokens", "is below 16", RESPONSES, (body) => outside(body["max_output_tokens"], 16, 1e12)),
  onOpenaiResponses("/temperature", "is outside 0 to 2", RESPONSES, ({ temperature }) => outside(temperature, 0, 2)),
  onOpenaiResponses("/top_p", "is outside 0 to 1", RESPONSES, (body) => outside(body["top_p"], 0, 1)),
  onOpenaiResponses("/top_logprobs", "is outside 0 to 20", RESPONSES, (body) => outside(body["top_logprobs"], 0, 20)),
  onResponses(
    "/tool_choice",
    "is sent without tools",
    RESPONSES,
    (body) => body["tool_choice"] !== undefined && body["tools"] === undefined,
  ),
  onOpenaiResponses("/tools/[]/name", "is not 1 to 64 of a-z A-Z 0-9 _ -", FUNCTIONS, (body) =>
    list(body["tools"]).some((tool) => tool["type"] === "function" && !/^[\w-]{1,64}$/.test(String(tool["name"]))),
  ),
  onOpenaiResponses("/input/[]/call_id", "is not 1 to 64 characters", RESPONSES, (body) =>
    list(body["input"]).some((item) => item["call_id"] !== undefined && !/^.{1,64}$/u.test(String(item["call_id"]))),
  ),
  onOpenaiResponses("/tools/[]/parameters", "has a root that is not of type object", FUNCTIONS, (body) =>
    responsesSchemas(body).some((schema) => isObject(schema) && schema["type"] !== "object"),
  ),
  onOpenaiResponses("/tools/[]/parameters", "has anyOf, oneOf, allOf, not or enum at the root", STRUCTURED, (body) =>
    responsesSchemas(body).some(hasOpenRoot),
  ),
  onOpenaiResponses("/tools/[]/parameters", "is an object without properties", FUNCTIONS, (body) =>
    responsesSchemas(body).some((schema) => isObject(schema) && schema["properties"] === undefined),
  ),
  onOpenaiResponses("/tools/[]/parameters", "has an array without items", FUNCTIONS, (body) =>
    responsesSchemas(body).flatMap(schemasIn).some(isArrayWithoutItems),
  ),
];

const OF_ANTHROPIC: readonly Limit[] = [
  onClaude("/messages", "is an empty list", CLAUDE, (body) => isEmptyList(body["messages"])),
  onClaude("/messages/[]/content", "is empty", CLAUDE, (body) =>
    list(body["messages"]).some(({ content }) => isEmptyList(content) || content === ""),
  ),
  onClaude("/messages/[]/content/[]/text", "is empty or blank", CLAUDE, (body) =>
    claudeBlocks(body).some((block) => block["type"] === "text" && isBlank(block["text"])),
  ),
  onClaude("/messages/[]/content", "is blank", CLAUDE, (body) => list(body["messages"]).some(({ content }) => isBlank(content))),
  onClaude("/messages", "does not begin with a user turn", CLAUDE, (body) => field(list(body["messages"])[0], "role") !== "user"),
  onClaude("/messages", "ends in an assistant turn whose text ends in white space", CLAUDE, (body) => {
    const last = list(body["messages"]).at(-1);
    const text = typeof last?.["content"] === "string" ? last["content"] : list(last?.["content"]).at(-1)?.["text"];
    return last?.["role"] === "assistant" && typeof text === "string" && /\s$/.test(text);
  }),
  onClaude("/messages", "has a tool_use without its tool_result, or the other way round", CLAUDE_TOOLS, areClaudeResultsUnpaired),
  onClaude("/messages/[]/content/[]/id", "of a tool_use is not unique in the request", CLAUDE_TOOLS, (body) => {
    const ids = claudeBlocks(body).flatMap(({ type, id }) => (type === "tool_use" ? [id] : []));
    return new Set(ids).size < ids.length;
  }),
  onClaude("/messages/[]/content/[]/id", "of a tool_use is not a list of a-z A-Z 0-9 _ -", CLAUDE_TOOLS, (body) =>
    claudeBlocks(body).some(({ type, id }) => type === "tool_use" && !/^[\w-]+$/.test(String(id))),
  ),
  onClaude("/messages/[]/content/[]/content", "of a failed tool_result holds more than text", CLAUDE_TOOLS, (body) =>
    claudeBlocks(body).some((block) => block["is_error"] === true && list(block["content"]).some(({ type }) => type !== "text")),
  ),
  onClaude("/max_tokens", "is below 1", CLAUDE, (body) => outside(body["max_tokens"], 1, 1e12)),
  onClaude("/temperature", "is outside 0 to 1", CLAUDE, ({ temperature }) => outside(temperature, 0, 1)),
  onClaude("/top_p", "is outside 0 to 1", CLAUDE, (body) => outside(body["top_p"], 0, 1)),
  onClaude("/stop_sequences", "has a blank text", CLAUDE, (body) => [body["stop_sequences"]].flat().some(isBlank)),
  onClaude("/tools/[]/name", "is not 1 to 128 of a-z A-Z 0-9 _ -", CLAUDE_TOOLS, (body) =>
    claudeTools(body).some(({ name }) => !/^[\w-]{1,128}$/.test(String(name))),
  ),
  onClaude("/tools/[]/input_schema", "has anyOf, oneOf or allOf at the root", CLAUDE_TOOLS, (body) =>
    claudeTools(body).some((tool) => ["anyOf", "oneOf", "allOf"].some((name) => field(tool, "input_schema", name) !== undefined)),
  ),
  onClaude("/tools/[]/input_schema/properties", "has a name that is not 1 to 64 of a-z A-Z 0-9 _ . -", CLAUDE_TOOLS, (body) =>
    claudeTools(body).some((tool) => {
      const properties = field(tool, "input_schema", "properties");
      return isObject(properties) && Object.keys(properties).some((name) => !/^[\w.-]{1,64}$/.test(name));
    }),
  ),
  onClaude("/thinking/budget_tokens", "is below 1024 or not below max_tokens", CLAUDE_THINKING, (body) => {
    const budget = field(body, "thinking", "budget_tokens");
    // With tools, the budget of interleaved thinking may exceed max_tokens: …/extended-thinking#interleaved-thinking
    const isInterleaved = list(body["tools"]).length > 0 && /claude-(?:opus|sonnet|haiku)-4(?:-[015]|-2)/.test(String(body["model"]));
    return typeof budget === "number" && (budget < 1024 || (budget >= Number(body["max_tokens"]) && !isInterleaved));
  }),
  onClaude(
    "/tool_choice",
    "forces a call while the model thinks",
    CLAUDE_THINKING,
    (body) => field(body, "thinking", "type") === "enabled" && ["any", "tool"].includes(String(field(body, "tool_choice", "type"))),
  ),
  onClaude(
    "/temperature",
    "is not 1 while the model thinks",
    CLAUDE_THINKING,
    (body) => field(body, "thinking", "type") === "enabled" && ((body["temperature"] ?? 1) !== 1 || body["top_k"] !== undefined),
  ),
  onClaude(
    "/tool_choice",
    "is sent without tools",
    CLAUDE_TOOLS,
    (body) => body["tool_choice"] !== undefined && list(body["tools"]).length === 0,
  ),
  onClaude("", "has more than four cache breakpoints", CLAUDE_CACHE, (body) => JSON.stringify(body).split('"cache_control":{').length > 5),
];

const OF_GOOGLE: readonly Limit[] = [
  onGemini("/contents", "is an empty list", GEMINI, (body) => isEmptyList(body["contents"])),
  onGemini("/contents/[]/parts", "is an empty list", GEMINI, (body) => list(body["contents"]).some(({ parts }) => isEmptyList(parts))),
  onGemini("/contents/[]/parts/[]", "is an empty object", GEMINI, (body) =>
    list(body["contents"]).some(({ parts }) => list(parts).some((part) => Object.keys(part).every((name) => name === "thoughtSignature"))),
  ),
  onGemini("/generationConfig/stopSequences", "has more than five texts or an empty one", GEMINI, (body) => {
    const stops = config(body, "stopSequences");
    return longer(stops, 5) || [stops].flat().includes("");
  }),
  onGemini("/generationConfig/temperature", "is outside 0 to 2", GEMINI, (body) => outside(config(body, "temperature"), 0, 2)),
  onGemini("/generationConfig/topP", "is outside 0 to 1", GEMINI, (body) => outside(config(body, "topP"), 0, 1)),
  onGemini("/generationConfig/topK", "is not a whole number of at least 1", GEMINI, (body) => {
    const topK = config(body, "topK");
    return topK !== undefined && (!Number.isInteger(topK) || Number(topK) < 1);
  }),
  onGemini("/generationConfig/seed", "is outside 32 bits", GEMINI, (body) => outside(config(body, "seed"), -(2 ** 31), 2 ** 31 - 1)),
  onGemini("/generationConfig/logprobs", "is outside 0 to 20", GEMINI, (body) => outside(config(body, "logprobs"), 0, 20)),
  onGemini(
    "/tools/[]/functionDeclarations/[]/name",
    "is not a letter or _ and then up to 63 of a-z A-Z 0-9 _ . : -",
    GEMINI_TOOLS,
    (body) => declarations(body).some(({ name }) => !/^[a-z_][\w.:-]{0,63}$/i.test(String(name))),
  ),
  onGemini("/tools/[]", "is an empty object or declares no function", GEMINI_TOOLS, (body) =>
    list(body["tools"]).some((tool) => Object.keys(tool).length === 0 || isEmptyList(tool["functionDeclarations"])),
  ),
  onGemini(
    "/toolConfig",
    "is sent without functions",
    GEMINI_TOOLS,
    (body) => field(body, "toolConfig", "functionCallingConfig") !== undefined && declarations(body).length === 0,
  ),
  onGemini(
    "/toolConfig",
    "forces a call while JSON is requested",
    GEMINI_TOOLS,
    (body) =>
      field(body, "toolConfig", "functionCallingConfig", "mode") === "ANY" && config(body, "responseMimeType") === "application/json",
  ),
];

const OF_OTHERS: readonly Limit[] = [
  onGroq("/response_format", "is JSON together with tools", GROQ, (body) => hasJson(body) && list(body["tools"]).length > 0),
  onGroq(
    "/response_format",
    "is a schema together with stream",
    GROQ,
    (body) => field(body, "response_format", "type") === "json_schema" && body["stream"] === true,
  ),
  onGroq("/stop", "has more than four texts", "https://console.groq.com/docs/api-reference#chat-create", ({ stop }) => longer(stop, 4)),
  onMistral("/top_p", "is below 1 at temperature 0", MISTRAL, (body) => body["temperature"] === 0 && Number(body["top_p"] ?? 1) < 1),
  onMistral("/top_p", "is 0", MISTRAL, (body) => body["top_p"] === 0),
  onMistral("/random_seed", "is negative", MISTRAL, (body) => Number(body["random_seed"] ?? 0) < 0),
  onMistral("/temperature", "is outside 0 to 1.5", MISTRAL, ({ temperature }) => outside(temperature, 0, 1.5)),
  onMistral("/messages", "ends in neither a user, a tool nor a prefixed assistant turn", MISTRAL, (body) => {
    const last = list(body["messages"]).at(-1);
    return !(["user", "tool"].includes(String(last?.["role"])) || (last?.["role"] === "assistant" && last["prefix"] === true));
  }),
  onMistral("/messages/[]/tool_calls/[]/id", "is not 9 of a-z A-Z 0-9", MISTRAL, (body) =>
    chatCalls(body).some((id) => !/^[a-z0-9]{9}$/i.test(id)),
  ),
  onOpenrouter("/stop", "has more than four texts", OPENROUTER, ({ stop }) => longer(stop, 4)),
  onOpenrouter("/temperature", "is outside 0 to 2", OPENROUTER, ({ temperature }) => outside(temperature, 0, 2)),
  onOpenrouter("/top_p", "is not above 0 and up to 1", OPENROUTER, (body) => body["top_p"] === 0 || outside(body["top_p"], 0, 1)),
  onOpenrouter("/reasoning/max_tokens", "is not below max_tokens", "https://openrouter.ai/docs/use-cases/reasoning-tokens", (body) => {
    const most = body["max_tokens"] ?? body["max_completion_tokens"];
    return typeof most === "number" && Number(field(body, "reasoning", "max_tokens") ?? 0) >= most;
  }),
  limitsOf(["deepseek"], CHAT)("/stop", "has more than 16 texts", "https://api-docs.deepseek.com/api/create-chat-completion", ({ stop }) =>
    longer(stop, 16),
  ),
];

export const limits: readonly Limit[] = [...ON_CHAT, ...ON_SCHEMAS, ...OF_OPENAI, ...OF_ANTHROPIC, ...OF_GOOGLE, ...OF_OTHERS];

function isJsonObject(text: unknown): boolean {
  if (typeof text !== "string") return false;
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}
