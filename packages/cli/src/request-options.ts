/** The options of `chat`, `explain` and `record`, and the request that they make. */
import { readFile } from "node:fs/promises";
import {
  type ChatRequest,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
  type Part,
  type ReasoningLevel,
  type ReasoningRequest,
} from "@lumiverse/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type ConnectionOptions, collect, withConnectionOptions } from "./connection-options.ts";
import { filePart, imagePart, reasonOf } from "./media.ts";

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
      "as the provider spells it; default: the first of its catalogue that is still served, or the server's first",
    )
    .option("-s, --system <text>", "what the model is told beforehand")
    .option("--image <path|url>", "an image for the model to see; may be repeated", collect)
    .option("--file <path|url>", "a document, audio or video; may be repeated", collect)
    .option("--max-tokens <n>", "at most so many tokens of answer", wholeNumber)
    .option("--temperature <n>", "how freely it chooses", number)
    .option("--reasoning <level|tokens>", `how hard it thinks: ${LEVELS.join(", ")}, or a budget in tokens`, reasoning)
    .option("--schema <file>", "a JSON Schema that the answer is to follow")
    .addOption(
      new Option("--unsupported <how>", "what happens to what the model does not take").choices(["default", "throw", "warn", "send"]),
    )
    .option("--no-stream", "ask for the whole answer at once")
    .option("--json", "one JSON object on stdout: the response, or {error}");
  return withConnectionOptions(command);
}

/** All of a request but its model, from what was typed. */
export async function requestFrom(options: RequestOptions, prompt: string): Promise<Omit<ChatRequest, "model">> {
  const parts: Part[] = [];
  for (const source of options.image ?? []) parts.push(await imagePart(source));
  for (const source of options.file ?? []) parts.push(await filePart(source));
  if (prompt !== "") parts.push({ type: "text", text: prompt });
  const only = parts.length === 1 ? parts[0] : undefined;
  const messages: Message[] = options.system === undefined ? [] : [{ role: "system", content: options.system }];
  if (parts.length > 0) messages.push({ role: "user", content: only?.type === "text" ? only.text : parts });
  return { messages, ...(await tuning(options)) };
}

async function tuning(options: RequestOptions): Promise<Omit<ChatRequest, "model" | "messages">> {
  return {
    ...(options.maxTokens === undefined ? {} : { maxOutputTokens: options.maxTokens }),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options.reasoning === undefined ? {} : { reasoning: options.reasoning }),
    ...(options.schema === undefined ? {} : { output: await schemaFrom(options.schema) }),
  };
}

async function schemaFrom(path: string): Promise<JsonObject> {
  const wrong = (because: string, cause?: unknown): LumiverseError =>
    new LumiverseError({ code: "configuration", field: "schema", message: `--schema ${path}: ${because}`, cause });
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw wrong(reasonOf(cause), cause);
  });
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    throw wrong("it is no JSON", cause);
  }
  if (!isObject(schema)) throw wrong("it is no JSON Schema: that is an object");
  return schema;
}

const LEVELS: readonly ReasoningLevel[] = ["off", "minimal", "low", "medium", "high", "max"];

function reasoning(text: string): ReasoningRequest {
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`It takes ${LEVELS.join(", ")}, or a number of tokens.`);
  return { budgetTokens: Number(text) };
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It takes a whole number.");
  return Number(text);
}
function number(text: string): number {
  if (text.trim() === "" || !Number.isFinite(Number(text))) throw new InvalidArgumentError("It takes a number.");
  return Number(text);
}
