/** Turns what a tool returned or threw into the result that the model reads. */
import type { AudioPart, FilePart, ImagePart, TextPart, ToolCallPart, ToolResultPart } from "@lumiverse/core";
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

const MEDIA_TYPES: ReadonlySet<unknown> = new Set(["image", "audio", "file"]);

/**
 * The result part for what a tool returned. Text that is longer than `maxLength` characters keeps its beginning and its end. Never throws: a value that cannot
 * be sent is a failed result, which says that the tool ran.
 */
export function resultOf(call: ToolCallPart, returned: unknown, maxLength: number): ToolResultPart {
  try {
    const content = shorten(contentOf(returned), maxLength);
    const failed = isToolResult(returned) && returned.isError === true;
    return { type: "tool-result", id: call.id, name: call.name, content, ...(failed ? { isError: true } : {}) };
  } catch (cause) {
    return failedResult(call, shortenText(`The tool ran, but its result cannot be sent: ${messageOf(cause)}`, maxLength));
  }
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

/** @throws Error for a value that is not JSON, or a whole result whose content is neither a text nor parts */
function contentOf(returned: unknown): ToolResultContent {
  if (isToolResult(returned)) {
    const { content } = returned;
    if (typeof content === "string" || areParts(content)) return content;
    throw new Error("its content is neither a text nor parts");
  }
  if (typeof returned === "string") return returned;
  if (returned === undefined) return "Done.";
  if (areParts(returned) && returned.length > 0) return returned;
  // JSON.stringify returns undefined for functions and symbols.
  return JSON.stringify(returned) ?? String(returned);
}

/** True for parts. Other lists of objects with a `type`, such as the entries of a folder, are data. */
function areParts(value: unknown): value is Exclude<ToolResultContent, string> {
  return Array.isArray(value) && value.every(isPart);
}

function isPart(value: unknown): value is TextPart | ImagePart | AudioPart | FilePart {
  if (!isObject(value)) return false;
  const { type, text, data, mediaType, url } = value;
  if (type === "text") return typeof text === "string";
  return MEDIA_TYPES.has(type) && (typeof url === "string" || (typeof data === "string" && typeof mediaType === "string"));
}

/** Shortens the texts of a result together. Media stay as they are. */
function shorten(content: ToolResultContent, maxLength: number): ToolResultContent {
  if (typeof content === "string") return shortenText(content, maxLength);
  const length = content.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
  if (length <= maxLength) return content;
  const cut = cutOf(length, maxLength);
  let before = 0;
  return content.flatMap((part) => {
    if (part.type !== "text") return part;
    const at = before;
    before += part.text.length;
    const text = withoutCut(part.text, cut.from - at, cut.to - at);
    return text === "" && part.text !== "" ? [] : { ...part, text };
  });
}

/** The beginning and the end of a text, with a marker between them. Cuts between characters. */
export function shortenText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const { from, to } = cutOf(text.length, maxLength);
  return withoutCut(text, from, to);
}

/** What is left out of a text that is too long. */
function cutOf(length: number, maxLength: number): { from: number; to: number } {
  return { from: Math.ceil(maxLength * 0.7), to: length - Math.floor(maxLength * 0.3) };
}

/** A text without what stands between two places, which may be outside of it. The text in which the cut begins has the marker. */
function withoutCut(text: string, from: number, to: number): string {
  if (from >= text.length || to <= 0) return text;
  const head = from <= 0 ? 0 : endOfHead(text, from);
  const tail = to >= text.length ? text.length : startOfTail(text, to);
  const marker = from < 0 ? "" : `\n[… ${Math.max(tail, to) - head} characters left out …]\n`;
  return `${text.slice(0, head)}${marker}${text.slice(tail)}`;
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
