/** Turns what a tool returned or threw into the result that the model reads. */
import type { ToolCallPart, ToolResultPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { messageOf } from "../shared/errors.ts";
import type { ToolResultContent } from "./tool.ts";

/** A tool's return value that already is a result, as MCP servers give it. */
export interface ToolResult {
  content: ToolResultContent;
  isError?: boolean;
  /** What the application receives with the event, beside what the model reads. */
  data?: unknown;
}

const RESULT: unique symbol = Symbol("tool result");

/** Marks a return value of `execute` as a whole result: content, `isError`, and data for the application alone. */
export function toolResult(result: ToolResult): ToolResult {
  return Object.defineProperty({ ...result }, RESULT, { value: true });
}

function isToolResult(value: unknown): value is ToolResult {
  return isObject(value) && (value as { [RESULT]?: true })[RESULT] === true;
}

const PART_TYPES: ReadonlySet<unknown> = new Set(["text", "image", "audio", "file"]);

/** The result part for what a tool returned. Text that is longer than `maxLength` characters keeps its beginning and its end. */
export function resultOf({ id, name }: ToolCallPart, returned: unknown, maxLength: number): ToolResultPart {
  const { content, isError } = isToolResult(returned) ? returned : { content: contentOf(returned), isError: undefined };
  return { type: "tool-result", id, name, content: shorten(content, maxLength), ...(isError === true ? { isError } : {}) };
}

/** The result part for a call that failed or did not run. */
export function failedResult({ id, name }: ToolCallPart, message: string): ToolResultPart {
  return { type: "tool-result", id, name, content: message, isError: true };
}

export function thrownResult(call: ToolCallPart, thrown: unknown, maxLength: number): ToolResultPart {
  return failedResult(call, shortenText(`The tool failed: ${messageOf(thrown)}`, maxLength));
}

/** What the application receives for a tool's return value. */
export function dataOf(returned: unknown): unknown {
  return isToolResult(returned) ? (returned.data ?? returned.content) : returned;
}

function contentOf(returned: unknown): ToolResultContent {
  if (typeof returned === "string") return returned;
  if (returned === undefined) return "Done.";
  if (isPartList(returned)) return returned;
  // JSON.stringify returns undefined for functions and symbols.
  return JSON.stringify(returned) ?? String(returned);
}

function isPartList(value: unknown): value is Exclude<ToolResultContent, string> {
  return Array.isArray(value) && value.length > 0 && value.every((part: unknown) => isObject(part) && PART_TYPES.has(part["type"]));
}

function shorten(content: ToolResultContent, maxLength: number): ToolResultContent {
  if (typeof content === "string") return shortenText(content, maxLength);
  return content.map((part) => (part.type === "text" ? { ...part, text: shortenText(part.text, maxLength) } : part));
}

/** The beginning and the end of a text, with a marker between them. Cuts between characters. */
export function shortenText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = endOfHead(text, Math.ceil(maxLength * 0.7));
  const tail = startOfTail(text, text.length - Math.floor(maxLength * 0.3));
  return `${text.slice(0, head)}\n[… ${tail - head} characters left out …]\n${text.slice(tail)}`;
}

function endOfHead(text: string, at: number): number {
  return isHighSurrogate(text, at - 1) ? at - 1 : at;
}
function startOfTail(text: string, at: number): number {
  return isHighSurrogate(text, at - 1) ? at + 1 : at;
}
function isHighSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff;
}
