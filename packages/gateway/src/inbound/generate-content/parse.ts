/** Reads a generateContent request. https://ai.google.dev/api/generate-content */
import type { JsonObject, ReasoningRequest, Tool, ToolChoice } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ClientRequest, ParsedRequest } from "../protocol.ts";
import { withAllowedTools } from "../shared/allowed-tools.ts";
import { BodyBuilder, isAccepted, requireMessages } from "../shared/body-builder.ts";
import { bodyObject, boolean, invalid, list, number, object, requiredObject, requiredText, text, texts } from "../shared/fields.ts";
import { budgetOf, levelOf } from "../shared/reasoning.ts";
import type { SpelledField, SpellingOptions } from "../shared/spelling.ts";
import { ref } from "../shared/template.ts";
import { functionAt, readHostedTool } from "../shared/tools.ts";
import { Contents } from "./contents.ts";
import { field, fieldValue } from "./key-names.ts";
import { spelledSchema } from "./schema-types.ts";

/** Where the body spells each field of the neutral request. */
const BODY_FIELDS: SpellingOptions["bodyFields"] = {
  messages: ["contents", "systemInstruction", "system_instruction"],
  tools: ["tools"],
  toolChoice: ["toolConfig", "tool_config"],
  output: ["generationConfig"],
  reasoning: ["generationConfig"],
  maxOutputTokens: ["generationConfig"],
  temperature: ["generationConfig"],
  topP: ["generationConfig"],
  topK: ["generationConfig"],
  frequencyPenalty: ["generationConfig"],
  presencePenalty: ["generationConfig"],
  stop: ["generationConfig"],
  seed: ["generationConfig"],
  logprobs: ["generationConfig"],
};

/** Fields of `generationConfig` that are single numbers. */
const NUMBERS: readonly SpelledField[] = ["temperature", "topP", "topK", "maxOutputTokens", "seed", "presencePenalty", "frequencyPenalty"];

/** Fields of `generationConfig` that have a neutral name. */
const NAMED: readonly string[] = [
  ...NUMBERS,
  "stopSequences",
  "responseLogprobs",
  "logprobs",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "thinkingConfig",
];

const CONTENT_INSTEAD = "Send the content itself";

export function parseGenerateContent(client: ClientRequest): ParsedRequest {
  const body = bodyObject(client.body);
  const model = client.model ?? requiredText(body["model"], "model").replace(/^models\//, "");
  const builder = new BodyBuilder(body, model);
  builder.keep("model");
  readContents(builder, body);
  readTools(builder, body);
  const allowed = readToolChoice(builder, body);
  readConfig(builder, body);
  const stream = client.stream ?? false;
  return {
    protocol: "generate-content",
    model,
    request: builder.finish("generate-content", stream, {
      bodyFields: BODY_FIELDS,
      storedFiles: /^(?:gs:|https:\/\/generativelanguage\.googleapis\.com\/)/,
      stored: { cachedContent: CONTENT_INSTEAD, cached_content: CONTENT_INSTEAD },
      convert: (request, notes) =>
        allowed === undefined || request.toolChoice !== "required" ? request : withAllowedTools(request, allowed, "required", notes),
    }),
    stream,
    answer: { alt: client.alt ?? "json" },
  };
}

function readContents(builder: BodyBuilder, body: JsonObject): void {
  const { request, template } = builder;
  const contents = new Contents(request.model);
  const system = field(body, "systemInstruction");
  if (system.value !== undefined && system.value !== null) builder.keep(system.key, contents.system(system.value, system.key));
  else builder.keep(system.key);
  const given = builder.take("contents");
  if (given === undefined || given === null) throw invalid("contents", "contents is required");
  // A single content may come without its list.
  template["contents"] = Array.isArray(given)
    ? given.map((content: unknown, i) => contents.add(content, `contents[${i}]`))
    : contents.add(given, "contents");
  request.messages = contents.messages;
  requireMessages({ ...request, messages: contents.messages.filter(({ role }) => role !== "system") }, "contents");
}

function readTools(builder: BodyBuilder, body: JsonObject): void {
  const { request } = builder;
  const tools: Tool[] = [];
  const given = body["tools"];
  // A single tool may come without its list.
  if (isObject(given)) builder.keep("tools", readTool(given, "tools", tools));
  else
    builder.keep(
      "tools",
      list(given, "tools")?.map((tool, i) => readTool(requiredObject(tool, `tools[${i}]`), `tools[${i}]`, tools)) ?? given,
    );
  if (tools.length > 0) request.tools = tools;
}

/** Returns the names of the functions that the choice allows, where it allows some of them. */
function readToolChoice(builder: BodyBuilder, body: JsonObject): ReadonlySet<string> | undefined {
  const { request } = builder;
  const config = field(body, "toolConfig");
  const calling = object(fieldValue(object(config.value, config.key), "functionCallingConfig"), `${config.key}.functionCallingConfig`);
  builder.keep(config.key);
  if (calling === undefined || request.tools === undefined) return undefined;
  const given = fieldValue(calling, "allowedFunctionNames");
  const allowed = Array.isArray(given) ? (given as readonly unknown[]).filter((name) => typeof name === "string") : [];
  const choice = toolChoice(fieldValue(calling, "mode"), allowed);
  if (choice !== undefined) request.toolChoice = choice;
  return choice === "required" && allowed.length > 0 ? new Set(allowed) : undefined;
}

/** With one allowed function, the choice is that function. */
function toolChoice(mode: unknown, allowed: readonly string[]): ToolChoice | undefined {
  const [only, ...others] = allowed;
  switch (typeof mode === "string" ? mode.toUpperCase() : "") {
    case "AUTO":
      return "auto";
    case "NONE":
      return "none";
    case "ANY":
      return only !== undefined && others.length === 0 ? { name: only } : "required";
    default:
      return undefined;
  }
}

/** An entry of `tools` has functions, tools that the vendor runs, or both. */
function readTool(tool: JsonObject, path: string, tools: Tool[]): JsonObject {
  const template: JsonObject = {};
  const declarations = field(tool, "functionDeclarations");
  for (const key of Object.keys(tool)) {
    if (key === declarations.key) {
      const given = list(declarations.value, `${path}.${key}`);
      template[key] =
        given?.map((one, i) => readDeclaration(requiredObject(one, `${path}.${key}[${i}]`), `${path}.${key}[${i}]`, tools)) ?? tool[key];
      continue;
    }
    template[key] = readHostedTool({ [key]: tool[key] }, tools, (hosted) => hosted[key]);
  }
  return template;
}

function readDeclaration(fields: JsonObject, path: string, tools: Tool[]): JsonObject {
  const index = tools.length;
  const name = requiredText(fields["name"], `${path}.name`);
  const description = text(fields["description"], `${path}.description`);
  const json = field(fields, "parametersJsonSchema");
  const openapi = field(fields, "parameters");
  const { key, value } = isObject(json.value) ? json : openapi;
  const given = object(value, `${path}.${key}`);
  const spelled = given === undefined ? undefined : spelledSchema(given);
  tools.push({
    name,
    ...(description === undefined ? {} : { description }),
    ...(spelled === undefined ? {} : { parameters: spelled.schema }),
  });
  return {
    ...fields,
    name: functionAt(index, (tool) => tool.name),
    ...(description === undefined ? {} : { description: functionAt(index, (tool) => tool.description) }),
    // Schemas of a client are plain objects.
    ...(spelled === undefined ? {} : { [key]: functionAt(index, (tool) => spelled.spell((tool.parameters ?? {}) as JsonObject)) }),
  };
}

function readConfig(builder: BodyBuilder, body: JsonObject): void {
  const { request } = builder;
  const { key, value } = field(body, "generationConfig");
  const config = object(value, key);
  if (config === undefined) {
    builder.keep(key);
    return;
  }
  builder.noteUntranslated(
    key,
    config,
    NAMED.map((name) => field(config, name).key),
  );
  const template: JsonObject = { ...config };
  for (const neutral of NUMBERS) {
    const spelled = field(config, neutral);
    const read = number(spelled.value, `${key}.${spelled.key}`);
    if (!Object.hasOwn(config, spelled.key)) {
      // A value that is added later is put next to the client's own fields.
      builder.referenced.add(neutral);
      template[spelled.key] = ref((now) => now[neutral]);
      continue;
    }
    if (read === undefined || !isAccepted(neutral, read)) continue;
    Object.assign(request, { [neutral]: read });
    builder.referenced.add(neutral);
    template[spelled.key] = ref((now) => now[neutral]);
  }
  const stop = field(config, "stopSequences");
  const sequences = texts(stop.value, `${key}.${stop.key}`);
  if (sequences !== undefined) request.stop = sequences;
  if (boolean(fieldValue(config, "responseLogprobs"), `${key}.responseLogprobs`) === true) {
    const alternatives = number(config["logprobs"], `${key}.logprobs`);
    request.logprobs = alternatives !== undefined && isAccepted("logprobs", alternatives) ? alternatives : true;
  }
  readOutput(builder, config, key, template);
  const reasoning = reasoningOf(config, key);
  if (reasoning !== undefined) request.reasoning = reasoning;
  builder.keep(key, template);
}

function readOutput({ request }: BodyBuilder, config: JsonObject, path: string, template: JsonObject): void {
  const type = text(fieldValue(config, "responseMimeType"), `${path}.responseMimeType`);
  const json = field(config, "responseJsonSchema");
  const openapi = field(config, "responseSchema");
  const { key, value } = isObject(json.value) ? json : openapi;
  const given = object(value, `${path}.${key}`);
  if (given === undefined) {
    if (type === "application/json") request.output = "json";
    return;
  }
  const { schema, spell } = spelledSchema(given);
  request.output = { schema };
  template[key] = ref(({ output }) => (isObject(output) && isObject(output["schema"]) ? spell(output["schema"]) : undefined));
}

function reasoningOf(config: JsonObject, path: string): ReasoningRequest | undefined {
  const spelled = field(config, "thinkingConfig");
  const thinking = object(spelled.value, `${path}.${spelled.key}`);
  if (thinking === undefined) return undefined;
  const level = levelOf(text(fieldValue(thinking, "thinkingLevel"), `${path}.${spelled.key}.thinkingLevel`));
  const budget = number(fieldValue(thinking, "thinkingBudget"), `${path}.${spelled.key}.thinkingBudget`);
  return level ?? budgetOf(budget) ?? (fieldValue(thinking, "includeThoughts") === true ? "medium" : undefined);
}
