/** The options of `chat`, `explain` and `record`, and the request made from them. */
import {
  type ChatRequest,
  type JsonObject,
  LumiverseError,
  type Message,
  type Part,
  type ReasoningLevel,
  type ReasoningRequest,
} from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type ConnectionOptions, collect, withConnectionOptions } from "../connection/options.ts";
import { readTextFile } from "../terminal/files.ts";
import { filePart, imagePart } from "./media.ts";

export interface RequestOptions extends ConnectionOptions {
  model?: string;
  system?: string;
  image?: readonly string[];
  file?: readonly string[];
  maxTokens?: number;
  temperature?: number;
  reasoning?: ReasoningRequest;
  schema?: string;
  stream: boolean;
  json?: boolean;
}

export function withRequestOptions(command: Command): Command {
  command
    .option(
      "-m, --model <id>",
      "the model's id at the provider (default: the first served model of its catalogue, or of the server's list)",
    )
    .option("-s, --system <text>", "the system message")
    .option("--image <path|url>", "an image to send (repeatable)", collect)
    .option("--file <path|url>", "a document, audio or video to send (repeatable)", collect)
    .option("--max-tokens <n>", "the largest number of output tokens", wholeNumber)
    .option("--temperature <n>", "the sampling temperature", number)
    .option("--reasoning <level|tokens>", `the reasoning effort: ${LEVELS.join(", ")}, or a budget in tokens`, reasoning)
    .option("--schema <file>", "a file with the JSON Schema of the answer")
    .addOption(
      new Option(
        "--unsupported <policy>",
        "for what the model does not support: refuse the call, leave it out with a note, or send it (default: refuse what changes the meaning, drop the rest)",
      ).choices(["error", "drop", "send"]),
    )
    .option("--no-stream", "request the whole answer at once")
    .option("--json", "print one JSON object: the response, or {error}");
  return withConnectionOptions(command);
}

/** The request without its model. */
export async function requestFrom(options: RequestOptions, prompt: string): Promise<Omit<ChatRequest, "model">> {
  const parts: Part[] = [];
  for (const source of options.image ?? []) parts.push(await imagePart(source));
  for (const source of options.file ?? []) parts.push(await filePart(source));
  if (prompt !== "") parts.push({ type: "text", text: prompt });
  const only = parts.length === 1 ? parts[0] : undefined;
  const messages: Message[] = options.system === undefined ? [] : [{ role: "system", content: options.system }];
  if (parts.length > 0) messages.push({ role: "user", content: only?.type === "text" ? only.text : parts });
  return { messages, ...(await parametersFrom(options)) };
}

async function parametersFrom(options: RequestOptions): Promise<Omit<ChatRequest, "model" | "messages">> {
  return {
    ...(options.maxTokens === undefined ? {} : { maxOutputTokens: options.maxTokens }),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options.reasoning === undefined ? {} : { reasoning: options.reasoning }),
    ...(options.schema === undefined ? {} : { output: { schema: await schemaFrom(options.schema) } }),
  };
}

async function schemaFrom(path: string): Promise<JsonObject> {
  const invalid = (reason: string, cause?: unknown): LumiverseError =>
    new LumiverseError({ code: "configuration", field: "schema", message: `--schema ${path}: ${reason}`, cause });
  const file = await readTextFile(path, "schema");
  let schema: unknown;
  try {
    schema = JSON.parse(file);
  } catch (cause) {
    throw invalid("the file is not JSON", cause);
  }
  if (!isObject(schema)) throw invalid("a JSON Schema is an object, and the file holds something else");
  return schema;
}

const LEVELS: readonly ReasoningLevel[] = ["off", "minimal", "low", "medium", "high", "max"];

function reasoning(text: string): ReasoningRequest {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`Expected ${LEVELS.join(", ")}, or a number of tokens.`);
  return { budgetTokens: Number(text) };
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

function number(text: string): number {
  if (text.trim() === "" || !Number.isFinite(Number(text))) throw new InvalidArgumentError("Expected a number.");
  return Number(text);
}
