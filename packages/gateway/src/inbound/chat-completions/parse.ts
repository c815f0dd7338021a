/** Reads a Chat Completions request. https://platform.openai.com/docs/api-reference/chat/create */
import type { JsonObject, OutputRequest, ReasoningRequest, Tool, ToolChoice } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ClientRequest, ParsedRequest } from "../protocol.ts";
import { BodyBuilder, isAccepted, requireMessages } from "../shared/body-builder.ts";
import { automaticCache, markerOfTools } from "../shared/cache-marks.ts";
import { withFunctions } from "../shared/client-tools.ts";
import { bodyObject, boolean, list, number, object, requiredList, requiredObject, requiredText, text, texts } from "../shared/fields.ts";
import { budgetOf, levelOf } from "../shared/reasoning.ts";
import type { SpellingOptions } from "../shared/spelling.ts";
import { ref } from "../shared/template.ts";
import { readFunctionTool, readHostedTool } from "../shared/tools.ts";
import { removeGoogleSignatures } from "./google-signatures.ts";
import { parseMessages } from "./messages.ts";

/** Where the body spells each field of the neutral request. */
const BODY_FIELDS: SpellingOptions["bodyFields"] = {
  messages: ["messages"],
  tools: ["tools", "functions"],
  toolChoice: ["tool_choice", "function_call"],
  parallelToolCalls: ["parallel_tool_calls"],
  output: ["response_format"],
  reasoning: ["reasoning_effort", "reasoning", "thinking", "enable_thinking", "chat_template_kwargs"],
  maxOutputTokens: ["max_tokens", "max_completion_tokens"],
  temperature: ["temperature"],
  topP: ["top_p"],
  topK: ["top_k"],
  minP: ["min_p"],
  frequencyPenalty: ["frequency_penalty"],
  presencePenalty: ["presence_penalty"],
  repetitionPenalty: ["repetition_penalty"],
  stop: ["stop"],
  seed: ["seed", "random_seed"],
  logprobs: ["logprobs", "top_logprobs"],
};

export function parseChat(client: ClientRequest): ParsedRequest {
  const body = bodyObject(client.body);
  const model = requiredText(body["model"], "model");
  const builder = new BodyBuilder(body, model);
  const { request } = builder;
  builder.keep(
    "model",
    ref((now) => now.model),
  );
  const { messages, template } = parseMessages(requiredList(builder.take("messages"), "messages"), model);
  request.messages = messages;
  builder.template["messages"] = template;
  requireMessages(request, "messages");
  readTools(builder, body);
  readOutput(builder, body);
  Object.assign(request, automaticCache(body), definedReasoning(body));
  readSampling(builder, body);
  for (const key of REASONING_KEYS) builder.keep(key);
  const stream = boolean(body["stream"], "stream") ?? false;
  builder.keep("stream");
  const options = object(body["stream_options"], "stream_options");
  const addsUsage = stream && client.countsUsage === true && options === undefined;
  return {
    protocol: "chat-completions",
    model,
    request: builder.finish("chat-completions", stream, {
      bodyFields: BODY_FIELDS,
      storedFiles: /^file-/,
      filesReadBy: "responses",
      fit: removeGoogleSignatures,
      convert: (request, notes) => withFunctions(request, body["tool_choice"], notes),
      ...(addsUsage ? { required: ["stream_options"] } : {}),
    }),
    stream,
    answer: { includeUsage: options?.["include_usage"] === true, addsUsage, tools: body["tools"] },
  };
}

const REASONING_KEYS = ["reasoning_effort", "reasoning", "thinking"];

/** Reasoning as OpenAI, OpenRouter and the vendors with a `thinking` object spell it. The first one that is set counts. */
function definedReasoning(body: JsonObject): { reasoning?: ReasoningRequest } {
  const spelled = isObject(body["reasoning"]) ? body["reasoning"] : {};
  const thinking = isObject(body["thinking"]) ? body["thinking"] : {};
  const reasoning =
    levelOf(text(body["reasoning_effort"], "reasoning_effort")) ??
    (spelled["enabled"] === false ? "off" : levelOf(text(spelled["effort"], "reasoning.effort"))) ??
    budgetOf(number(spelled["max_tokens"], "reasoning.max_tokens")) ??
    (thinking["type"] === "disabled" ? "off" : budgetOf(number(thinking["budget_tokens"], "thinking.budget_tokens"))) ??
    (spelled["enabled"] === true || thinking["type"] === "enabled" ? "medium" : undefined);
  return reasoning === undefined ? {} : { reasoning };
}

function readSampling(builder: BodyBuilder, body: JsonObject): void {
  for (const key of ["max_completion_tokens", "max_tokens"]) builder.scalar(key, "maxOutputTokens", number(body[key], key));
  builder.scalar("temperature", "temperature", number(body["temperature"], "temperature"));
  builder.scalar("top_p", "topP", number(body["top_p"], "top_p"));
  builder.scalar("top_k", "topK", number(body["top_k"], "top_k"));
  builder.scalar("min_p", "minP", number(body["min_p"], "min_p"));
  builder.scalar("frequency_penalty", "frequencyPenalty", number(body["frequency_penalty"], "frequency_penalty"));
  builder.scalar("presence_penalty", "presencePenalty", number(body["presence_penalty"], "presence_penalty"));
  builder.scalar("repetition_penalty", "repetitionPenalty", number(body["repetition_penalty"], "repetition_penalty"));
  builder.scalar("stop", "stop", texts(body["stop"], "stop"));
  for (const key of ["seed", "random_seed"]) builder.scalar(key, "seed", number(body[key], key));
  const wanted = boolean(body["logprobs"], "logprobs");
  const alternatives = number(body["top_logprobs"], "top_logprobs");
  if (wanted === true) builder.request.logprobs = alternatives !== undefined && isAccepted("logprobs", alternatives) ? alternatives : true;
  builder.keep("logprobs");
  builder.keep("top_logprobs");
}

function readTools(builder: BodyBuilder, body: JsonObject): void {
  const { request } = builder;
  const tools: Tool[] = [];
  const marker = markerOfTools(tools);
  const given = list(body["tools"], "tools");
  const legacy = list(body["functions"], "functions");
  if (given !== undefined)
    builder.keep(
      "tools",
      given.map((tool, i) => {
        const fields = requiredObject(tool, `tools[${i}]`);
        const read = readTool(fields, `tools[${i}]`, tools);
        marker.mark(fields, fields["function"]);
        return read;
      }),
    );
  if (legacy !== undefined)
    builder.keep(
      "functions",
      legacy.map((tool, i) => readFunctionTool(requiredObject(tool, `functions[${i}]`), `functions[${i}]`, tools)),
    );
  if (tools.length > 0) request.tools = tools;
  const choice = toolChoice(body["tool_choice"] ?? body["function_call"]);
  if (choice !== undefined) request.toolChoice = choice;
  builder.keep("tool_choice");
  builder.keep("function_call");
  builder.scalar("parallel_tool_calls", "parallelToolCalls", boolean(body["parallel_tool_calls"], "parallel_tool_calls"));
}

function readTool(tool: JsonObject, path: string, tools: Tool[]): unknown {
  const called = tool["function"];
  // The flat shape of Responses, which vendors of this protocol refuse.
  if (called === undefined && tool["type"] === "function" && typeof tool["name"] === "string") {
    const { type, ...flat } = tool;
    return { type, function: readFunctionTool(flat, path, tools) };
  }
  return isObject(called) ? { ...tool, function: readFunctionTool(called, `${path}.function`, tools) } : readHostedTool(tool, tools);
}

/** Undefined for a choice that only the client's protocol has. */
function toolChoice(choice: unknown): ToolChoice | undefined {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  if (choice === "any") return "required"; // Mistral
  if (!isObject(choice)) return undefined;
  const called = isObject(choice["function"]) ? choice["function"] : choice;
  const name = called["name"];
  return typeof name === "string" && name !== "" ? { name } : undefined;
}

function readOutput(builder: BodyBuilder, body: JsonObject): void {
  const format = object(body["response_format"], "response_format");
  builder.keep("response_format");
  if (format === undefined) return;
  if (format["type"] === "json_object") builder.request.output = "json";
  if (format["type"] !== "json_schema") return;
  const spelled = requiredObject(format["json_schema"], "response_format.json_schema");
  const output = readSchema(spelled, "response_format.json_schema");
  if (output === undefined) return;
  builder.request.output = output;
  builder.template["response_format"] = { ...format, json_schema: { ...spelled, schema: outputSchema } };
}

function readSchema(spelled: JsonObject, path: string): OutputRequest | undefined {
  const schema = object(spelled["schema"], `${path}.schema`);
  const name = text(spelled["name"], `${path}.name`);
  const description = text(spelled["description"], `${path}.description`);
  const strict = boolean(spelled["strict"], `${path}.strict`);
  if (schema === undefined) return undefined;
  return {
    schema,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

const outputSchema = ref(({ output }) => (isObject(output) && "schema" in output ? output["schema"] : undefined));
