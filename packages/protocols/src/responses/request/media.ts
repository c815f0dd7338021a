/** Texts, images, audio and documents as parts of an input item. */
import type { CheckedCall, JsonObject, Part } from "@lumiverse/core/provider";
import { dropMedia, formatOf, isMedia, type MediaPart, type MediaPolicy, refusedFormat } from "../../families/media-formats.ts";
import { modelVendor } from "../../families/schemas.ts";

/** What rendering media needs to know. */
export interface MediaContext extends MediaPolicy {
  model: string;
  breakpoints?: CheckedCall["breakpoints"];
}

/** The parts of a user turn or a tool's result. Never empty, because the API refuses an empty list. */
export function inputParts(content: readonly Part[], context: MediaContext): JsonObject[] {
  const parts: JsonObject[] = [];
  for (const part of content)
    if (part.type === "text" || isMedia(part)) {
      const items = part.type === "text" ? [{ type: "input_text", text: part.text }] : mediaPart(part, context);
      context.breakpoints?.mark(part, items.at(-1));
      parts.push(...items);
    }
  return parts.length === 0 ? [{ type: "input_text", text: "" }] : parts;
}

/** The values of `input_audio.format`. https://platform.openai.com/docs/api-reference/responses/create */
const AUDIO_FORMATS: readonly string[] = ["wav", "mp3"];

function mediaPart(part: MediaPart, context: MediaContext): JsonObject[] {
  const refused = refusedFormat(part, modelVendor(context.model), AUDIO_FORMATS);
  if (refused !== undefined && context.policy !== "send") {
    dropMedia(context, refused.message, refused.hint);
    return [];
  }
  if (part.type === "audio") {
    if (part.data === undefined) {
      dropMedia(context, "the Responses API accepts audio as bytes only", "Load the audio and pass its bytes");
      return [];
    }
    return [{ type: "input_audio", input_audio: { data: part.data, format: formatOf(part.mediaType) } }];
  }
  const data = part.data === undefined ? part.url : `data:${part.mediaType};base64,${part.data}`;
  // An id of the vendor's file storage is not a URL.
  const stored = part.data === undefined && /^file[-_]\w+$/.test(part.url);
  if (part.type === "image")
    return [{ type: "input_image", ...(stored ? { file_id: data } : { image_url: data }), detail: part.detail ?? "auto" }];
  if (stored) return [{ type: "input_file", file_id: data }];
  if (!data.startsWith("data:")) return [{ type: "input_file", file_url: data }];
  // A name is required with bytes.
  return [
    { type: "input_file", filename: part.filename ?? `file.${EXTENSION[part.mediaType ?? "application/pdf"] ?? "bin"}`, file_data: data },
  ];
}

const EXTENSION: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "text/plain": "txt",
  "text/markdown": "md",
  "text/csv": "csv",
  "text/html": "html",
  "application/json": "json",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};
