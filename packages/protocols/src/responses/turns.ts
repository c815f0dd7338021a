/** Turns of parts as input items: media, and the results of tools. */
import type { AudioPart, FilePart, ImagePart, JsonObject, Part, TextPart, ToolMessage, ToolResultPart } from "@lumiverse/core";
import type { ResponsesDialect } from "./dialect.ts";
import type { InputContext, Wrapped } from "./input.ts";

export function userParts(content: readonly Part[]): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const part of content)
    if (part.type === "text" || part.type === "image" || part.type === "file" || part.type === "audio") parts.push(inputPart(part));
  return parts;
}

function inputPart(part: TextPart | ImagePart | FilePart | AudioPart): JsonObject {
  if (part.type === "text") return { type: "input_text", text: part.text };
  if (part.type === "audio")
    return {
      type: "input_audio",
      input_audio: { data: part.data ?? part.url, format: part.mediaType?.replace(/^audio\/(?:x-)?/, "").replace("mpeg", "mp3") ?? "wav" },
    };
  const data = part.data === undefined ? part.url : `data:${part.mediaType};base64,${part.data}`;
  // An id of the vendor's file store is no URL.
  const stored = part.data === undefined && /^file[-_]\w+$/.test(part.url);
  if (part.type === "image")
    return { type: "input_image", ...(stored ? { file_id: data } : { image_url: data }), detail: part.detail ?? "auto" };
  if (stored) return { type: "input_file", file_id: data };
  if (!data.startsWith("data:")) return { type: "input_file", file_url: data };
  // With bytes the name is required.
  return { type: "input_file", filename: part.filename ?? `file.${EXTENSION[part.mediaType ?? ""] ?? "pdf"}`, file_data: data };
}
const EXTENSION: Readonly<Record<string, string>> = {
  "text/plain": "txt",
  "text/markdown": "md",
  "text/csv": "csv",
  "text/html": "html",
  "application/json": "json",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};

export function results(
  message: ToolMessage,
  dialect: ResponsesDialect,
  context: InputContext,
  wrapped: Wrapped,
  input: JsonObject[],
): void {
  const media: JsonObject[] = [];
  const shared = new Map<string, ToolResultPart[]>();
  for (const result of message.content) {
    const wrapper = wrapped.get(result.id);
    if (wrapper === undefined) {
      input.push({
        type: "function_call_output",
        call_id: context.callIds.get(result.id) ?? result.id,
        output: outputOf(result, dialect, media),
      });
      continue;
    }
    const there = shared.get(wrapper.id);
    if (there === undefined) shared.set(wrapper.id, [result]);
    else there.push(result);
  }
  // The calls of one wrapper get one output, in their order.
  for (const [id, all] of shared) {
    const outputs = all.map((result) => ({ name: wrapped.get(result.id)?.name ?? "", output: outputOf(result, dialect, media) }));
    const plain = outputs.every((one) => typeof one.output === "string");
    const output = plain
      ? JSON.stringify(outputs.map((one) => ({ recipient_name: `functions.${one.name}`, output: one.output })))
      : outputs.flatMap((one) => [
          { type: "input_text", text: `functions.${one.name}:` },
          ...(typeof one.output === "string" ? [{ type: "input_text", text: one.output }] : one.output),
        ]);
    input.push({ type: "function_call_output", call_id: id, output });
  }
  if (media.length > 0) input.push({ role: "user", content: media });
}

/** The wire has no flag for a failed call: the text says so. */
function outputOf(result: ToolResultPart, dialect: ResponsesDialect, media: JsonObject[]): string | JsonObject[] {
  const failed = result.isError === true ? "Error: " : "";
  if (typeof result.content === "string") return failed + result.content;
  const texts = result.content.filter((part) => part.type === "text").map((part) => part.text);
  const rest = result.content.filter((part) => part.type !== "text");
  if (rest.length === 0) return failed + texts.join("\n");
  if (dialect.toolOutput !== "string") {
    const parts = userParts(result.content);
    return failed === "" ? parts : [{ type: "input_text", text: "Error:" }, ...parts];
  }
  media.push({ type: "input_text", text: `Attached to the result of the call ${result.id}:` }, ...userParts(rest));
  return failed + (texts.join("\n") || "The result is attached to the next message.");
}
