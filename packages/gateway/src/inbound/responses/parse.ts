/** Reads a Responses request. https://platform.openai.com/docs/api-reference/responses/create */
import type { JsonObject, Message, ReasoningRequest, Tool, ToolChoice } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ClientRequest, ParsedRequest } from "../protocol.ts";
import { BodyBuilder, requireMessages } from "../shared/body-builder.ts";
import { withFunctions } from "../shared/client-tools.ts";
import { bodyObject, boolean, invalid, list, number, object, requiredObject, requiredText, text } from "../shared/fields.ts";
import { levelOf } from "../shared/reasoning.ts";
import type { SpellingOptions } from "../shared/spelling.ts";
import { contentAt, ref } from "../shared/template.ts";
import { readFunctionTool, readHostedTool } from "../shared/tools.ts";
import { InputItems } from "./items.ts";
import { SEND_ALL } from "./stored.ts";

/** Where the body spells each field of the neutral request. */
const BODY_FIELDS: SpellingOptions["bodyFields"] = {
  messages: ["input", "instructions"],
  tools: ["tools"],
  toolChoice: ["tool_choice"],
  parallelToolCalls: ["parallel_tool_calls"],
  output: ["text"],
  reasoning: ["reasoning"],
  maxOutputTokens: ["max_output_tokens"],
  temperature: ["temperature"],
  topP: ["top_p"],
  logprobs: ["top_logprobs"],
};

/** Fields that a response repeats of its request. */
const REPEATED = [
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "previous_response_id",
  "reasoning",
  "safety_identifier",
  "prompt_cache_key",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
];

const STORED: NonNullable<SpellingOptions["stored"]> = {
  previous_response_id: SEND_ALL,
  conversation: SEND_ALL,
  prompt: "Send the text of the prompt in instructions and input",
  item_reference: "Send the item itself in input",
};

export function parseResponses(client: ClientRequest): ParsedRequest {
  const body = bodyObject(client.body);
  const model = requiredText(body["model"], "model");
  const builder = new BodyBuilder(body, model);
  const { request } = builder;
  builder.keep(
    "model",
    ref((now) => now.model),
  );
  readInput(builder, body);
  readTools(builder, body);
  readText(builder, body);
  const spelled = object(body["reasoning"], "reasoning");
  const reasoning: ReasoningRequest | undefined = levelOf(text(spelled?.["effort"], "reasoning.effort"));
  if (reasoning !== undefined) request.reasoning = reasoning;
  builder.keep("reasoning");
  builder.noteUntranslated("reasoning", spelled, ["effort"]);
  builder.scalar("max_output_tokens", "maxOutputTokens", number(body["max_output_tokens"], "max_output_tokens"));
  builder.scalar("temperature", "temperature", number(body["temperature"], "temperature"));
  builder.scalar("top_p", "topP", number(body["top_p"], "top_p"));
  builder.scalar("top_logprobs", "logprobs", number(body["top_logprobs"], "top_logprobs"));
  const stream = boolean(body["stream"], "stream") ?? false;
  builder.keep("stream");
  const answer: JsonObject = {};
  for (const key of REPEATED) if (body[key] !== undefined) answer[key] = body[key];
  return {
    protocol: "responses",
    model,
    request: builder.finish("responses", stream, {
      bodyFields: BODY_FIELDS,
      stored: STORED,
      storedFiles: /^file-/,
      convert: (request, notes) => withFunctions(request, body["tool_choice"], notes),
    }),
    stream,
    answer,
  };
}

function readInput(builder: BodyBuilder, body: JsonObject): void {
  const { request, template } = builder;
  const messages: Message[] = [];
  const instructions = text(body["instructions"], "instructions");
  builder.keep("instructions");
  if (instructions !== undefined) {
    messages.push({ role: "system", content: instructions });
    template["instructions"] = ref((now) => contentAt(now, 0));
  }
  const input = builder.take("input");
  if (typeof input === "string") {
    const at = messages.length;
    messages.push({ role: "user", content: input });
    template["input"] = ref((now) => contentAt(now, at));
  } else {
    const given = list(input, "input");
    if (given === undefined) throw invalid("input", "input is required");
    const items = new InputItems(request.model, messages);
    template["input"] = given.map((item, i) => items.add(item, `input[${i}]`));
  }
  request.messages = messages;
  requireMessages(request, "input");
}

function readTools(builder: BodyBuilder, body: JsonObject): void {
  const { request } = builder;
  const tools: Tool[] = [];
  const given = list(body["tools"], "tools");
  builder.keep("tools", given?.map((tool, i) => readTool(requiredObject(tool, `tools[${i}]`), `tools[${i}]`, tools)) ?? body["tools"]);
  if (tools.length > 0) request.tools = tools;
  const choice = toolChoice(body["tool_choice"]);
  if (choice !== undefined) request.toolChoice = choice;
  builder.keep("tool_choice");
  builder.scalar("parallel_tool_calls", "parallelToolCalls", boolean(body["parallel_tool_calls"], "parallel_tool_calls"));
}

function toolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  if (!isObject(choice) || choice["type"] !== "function") return undefined;
  const called = isObject(choice["function"]) ? choice["function"] : choice;
  return typeof called["name"] === "string" ? { name: called["name"] } : undefined;
}

function readTool(tool: JsonObject, path: string, tools: Tool[]): unknown {
  if (tool["type"] !== "function") return readHostedTool(tool, tools);
  // Some clients write the nested shape of Chat Completions.
  const nested = object(tool["function"], `${path}.function`);
  const template = readFunctionTool(nested ?? tool, path, tools);
  return nested === undefined ? template : { ...tool, function: template };
}

function readText(builder: BodyBuilder, body: JsonObject): void {
  const spelled = object(body["text"], "text");
  builder.keep("text");
  builder.noteUntranslated("text", spelled, ["format"]);
  const format = object(spelled?.["format"], "text.format");
  if (format === undefined) return;
  if (format["type"] === "json_object") builder.request.output = "json";
  if (format["type"] !== "json_schema") return;
  const schema = object(format["schema"], "text.format.schema");
  if (schema === undefined) return;
  const name = text(format["name"], "text.format.name");
  const description = text(format["description"], "text.format.description");
  const strict = boolean(format["strict"], "text.format.strict");
  builder.request.output = {
    schema,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
  builder.template["text"] = { ...spelled, format: { ...format, schema: outputSchema } };
}

const outputSchema = ref(({ output }) => (isObject(output) && "schema" in output ? output["schema"] : undefined));
