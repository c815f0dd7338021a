/** Reads a Messages request. https://platform.claude.com/docs/en/api/messages/create */
import type { JsonObject, ReasoningRequest, Tool, ToolChoice } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ClientRequest, ParsedRequest } from "../protocol.ts";
import { BodyBuilder, requireMessages } from "../shared/body-builder.ts";
import { automaticCache, markerOfTools } from "../shared/cache-marks.ts";
import {
  bodyObject,
  boolean,
  invalid,
  list,
  number,
  object,
  requiredList,
  requiredObject,
  requiredText,
  text,
  texts,
} from "../shared/fields.ts";
import { budgetOf, levelOf } from "../shared/reasoning.ts";
import type { SpellingOptions } from "../shared/spelling.ts";
import { ref } from "../shared/template.ts";
import { functionAt, readHostedTool } from "../shared/tools.ts";
import { removeBillingLine } from "./billing-line.ts";
import { removeLeftOut } from "./left-out.ts";
import { parseSystem, parseTurn, type TurnContext } from "./turns.ts";

/** Where the body spells each field of the neutral request. */
const BODY_FIELDS: SpellingOptions["bodyFields"] = {
  messages: ["messages", "system"],
  tools: ["tools"],
  toolChoice: ["tool_choice"],
  parallelToolCalls: ["tool_choice"],
  output: ["output_config", "output_format"],
  reasoning: ["thinking", "output_config"],
  maxOutputTokens: ["max_tokens"],
  temperature: ["temperature"],
  topP: ["top_p"],
  topK: ["top_k"],
  stop: ["stop_sequences"],
};

export function parseMessagesRequest(client: ClientRequest): ParsedRequest {
  const body = bodyObject(client.body);
  // A client of Vertex AI or Bedrock names the model in the path.
  const model = client.model ?? requiredText(body["model"], "model");
  const builder = new BodyBuilder(body, model);
  const { request } = builder;
  builder.keep(
    "model",
    ref((now) => now.model),
  );
  readMessages(builder, body);
  readTools(builder, body);
  readOutput(builder, body);
  Object.assign(request, automaticCache(body), reasoningOf(body));
  builder.keep("thinking");
  builder.noteUntranslated("thinking", object(body["thinking"], "thinking"), ["type", "budget_tokens"]);
  builder.scalar("max_tokens", "maxOutputTokens", number(body["max_tokens"], "max_tokens"));
  builder.scalar("temperature", "temperature", number(body["temperature"], "temperature"));
  builder.scalar("top_p", "topP", number(body["top_p"], "top_p"));
  builder.scalar("top_k", "topK", number(body["top_k"], "top_k"));
  builder.scalar("stop_sequences", "stop", texts(list(body["stop_sequences"], "stop_sequences"), "stop_sequences"));
  const stream = boolean(body["stream"], "stream") ?? false;
  builder.keep("stream");
  const betas = client.headers.get("anthropic-beta");
  return {
    protocol: "messages",
    model,
    request: builder.finish("messages", stream, {
      bodyFields: BODY_FIELDS,
      required: ["anthropic_version"],
      storedFiles: /^file_/,
      convert: removeBillingLine,
      fit: removeLeftOut,
      ...(betas === null ? {} : { headers: { "anthropic-beta": betas } }),
    }),
    stream,
    answer: {},
  };
}

function readMessages(builder: BodyBuilder, body: JsonObject): void {
  const { request, template } = builder;
  const context: TurnContext = { model: request.model, messages: [] };
  if (body["system"] !== undefined && body["system"] !== null) builder.keep("system", parseSystem(body["system"], context));
  else builder.keep("system");
  const turns = requiredList(builder.take("messages"), "messages");
  template["messages"] = turns.map((turn, i) => parseTurn(turn, `messages[${i}]`, context));
  request.messages = context.messages;
  requireMessages({ ...request, messages: context.messages.filter(({ role }) => role !== "system") }, "messages");
}

function readTools(builder: BodyBuilder, body: JsonObject): void {
  const { request } = builder;
  const tools: Tool[] = [];
  const marker = markerOfTools(tools);
  const given = list(body["tools"], "tools");
  if (given !== undefined)
    builder.keep(
      "tools",
      given.map((item, i) => {
        const tool = requiredObject(item, `tools[${i}]`);
        const template = readTool(tool, `tools[${i}]`, tools);
        marker.mark(tool);
        return template;
      }),
    );
  else builder.keep("tools");
  if (tools.length > 0) request.tools = tools;
  const choice = object(body["tool_choice"], "tool_choice");
  builder.keep("tool_choice");
  if (choice === undefined) return;
  const read = toolChoice(choice);
  if (read !== undefined) request.toolChoice = read;
  if (choice["disable_parallel_tool_use"] === true) request.parallelToolCalls = false;
}

function toolChoice({ type, name }: JsonObject): ToolChoice | undefined {
  if (type === "auto" || type === "none") return type;
  if (type === "any") return "required";
  return type === "tool" && typeof name === "string" ? { name } : undefined;
}

function readTool(tool: JsonObject, path: string, tools: Tool[]): unknown {
  const type = text(tool["type"], `${path}.type`);
  if (type !== undefined && type !== "custom") return readHostedTool(tool, tools);
  const index = tools.length;
  const name = requiredText(tool["name"], `${path}.name`);
  const description = text(tool["description"], `${path}.description`);
  const schema = object(tool["input_schema"], `${path}.input_schema`);
  if (schema === undefined) throw invalid(`${path}.input_schema`, `${path}.input_schema is required`);
  const strict = boolean(tool["strict"], `${path}.strict`);
  tools.push({
    name,
    ...(description === undefined ? {} : { description }),
    parameters: schema,
    ...(strict === undefined ? {} : { strict }),
  });
  return {
    ...tool,
    name: functionAt(index, (one) => one.name),
    ...(description === undefined ? {} : { description: functionAt(index, (one) => one.description) }),
    input_schema: functionAt(index, (one) => one.parameters),
  };
}

function readOutput(builder: BodyBuilder, body: JsonObject): void {
  const config = object(body["output_config"], "output_config");
  builder.keep("output_config");
  builder.noteUntranslated("output_config", config, ["format", "effort"]);
  const format = object(config?.["format"], "output_config.format");
  const older = object(body["output_format"], "output_format");
  builder.keep("output_format");
  const spelled = format ?? older;
  const schema = object(spelled?.["schema"], format === undefined ? "output_format.schema" : "output_config.format.schema");
  if (schema === undefined) return;
  builder.request.output = { schema };
  if (format !== undefined) builder.template["output_config"] = { ...config, format: { ...format, schema: outputSchema } };
  else builder.template["output_format"] = { ...older, schema: outputSchema };
}

const outputSchema = ref(({ output }) => (isObject(output) && "schema" in output ? output["schema"] : undefined));

/** A budget, or the effort of adaptive thinking. Without an effort the vendor's own level applies. */
function reasoningOf(body: JsonObject): { reasoning?: ReasoningRequest } {
  const thinking = object(body["thinking"], "thinking");
  const config = object(body["output_config"], "output_config");
  const effort = levelOf(text(config?.["effort"], "output_config.effort"));
  const type = thinking?.["type"];
  if (type === "disabled") return { reasoning: "off" };
  const budget = type === "enabled" ? budgetOf(number(thinking?.["budget_tokens"], "thinking.budget_tokens")) : undefined;
  const reasoning = budget ?? (type === "adaptive" || type === "enabled" ? (effort ?? "medium") : effort);
  return reasoning === undefined ? {} : { reasoning };
}
