/** Images, documents and audio as content blocks. */
import {
  type AudioPart,
  type FilePart,
  type ImagePart,
  type JsonObject,
  LumiverseError,
  type Note,
  type UnsupportedPolicy,
  wellFormed,
} from "@lumiverse/core/provider";
import { type MediaPart, refusedFormat } from "../../families/media-formats.ts";
import { noteOnce } from "../../shared/note-once.ts";

export interface MediaContext {
  notes: Note[];
  /** Beta features that the content needs; filled here. */
  betas: Set<string>;
  /** Whether documents request citations. */
  citations: boolean;
  /** What happens to media that the protocol cannot carry. `drop`: a line of text replaces it. */
  unsupported: UnsupportedPolicy;
}

export function mediaBlock(part: MediaPart, context: MediaContext): JsonObject {
  switch (part.type) {
    case "image":
      return imageBlock(part, context);
    case "file":
      return fileBlock(part, context);
    case "audio":
      return audioBlock(part, context);
  }
}

function imageBlock(part: ImagePart | FilePart, context: MediaContext): JsonObject {
  const refused = refusedFormat(part, "anthropic");
  if (refused !== undefined && context.unsupported !== "send") {
    const type = mediaTypeOf(part) ?? "";
    return placeholder(`images of type ${type}`, `[An image of type ${type} could not be sent.]`, refused.hint, context);
  }
  return { type: "image", source: sourceOf(part, "image/png", context) };
}

function fileBlock(part: FilePart, context: MediaContext): JsonObject {
  const type = mediaTypeOf(part);
  if (type?.startsWith("image/")) return imageBlock(part, context);
  const title = part.filename === undefined ? {} : { title: part.filename };
  const citations = context.citations ? { citations: { enabled: true } } : {};
  const isText =
    type !== undefined &&
    (type.startsWith("text/") || /^application\/(?:json|xml|yaml|x-yaml|javascript|toml)$|[+](?:json|xml)$/.test(type));
  if (isText && (part.data !== undefined || parseDataUrl(part.url) !== undefined)) {
    const data = decodeText(part.data ?? parseDataUrl(part.url)?.data ?? "");
    return { type: "document", source: { type: "text", media_type: "text/plain", data }, ...title, ...citations };
  }
  if (type === undefined || type === "application/pdf" || isText || context.unsupported === "send")
    return { type: "document", source: sourceOf(part, "application/pdf", context), ...title, ...citations };
  return placeholder(`files of type ${type}`, `[A file of type ${type} could not be sent.]`, "Send images, PDF or plain text", context);
}

function audioBlock(part: AudioPart, context: MediaContext): JsonObject {
  if (part.transcript !== undefined && part.transcript.trim() !== "") {
    noteOnce(context.notes, { kind: "changed", field: "messages", message: "Audio was sent as its transcript." });
    return { type: "text", text: wellFormed(part.transcript) };
  }
  return placeholder(
    "audio",
    `[Audio of type ${mediaTypeOf(part) ?? "unknown"} could not be sent.]`,
    "Send images, PDF or plain text",
    context,
  );
}

function placeholder(media: string, text: string, hint: string, context: MediaContext): JsonObject {
  if (context.unsupported === "error")
    throw new LumiverseError({
      code: "unsupported",
      field: "messages",
      message: `the Messages protocol does not carry ${media}`,
      hint,
    });
  noteOnce(context.notes, {
    kind: "dropped",
    field: "messages",
    message: `The Messages protocol does not carry ${media}, so a line of text was sent instead.`,
  });
  return { type: "text", text };
}

function sourceOf(part: MediaPart, defaultType: string, context: MediaContext): JsonObject {
  const inline = part.data === undefined ? parseDataUrl(part.url) : { data: part.data, type: part.mediaType };
  if (inline !== undefined) {
    const type = mediaTypeOf(part) || defaultType;
    // The vendor refuses base64 with line breaks, and `image/jpg`, which many tools write for JPEG.
    return {
      type: "base64",
      media_type: type === "image/jpg" ? "image/jpeg" : type,
      data: /\s/.test(inline.data) ? inline.data.replace(/\s+/g, "") : inline.data,
    };
  }
  const url = part.url ?? "";
  // An id of the Files API: https://platform.claude.com/docs/en/build-with-claude/files
  if (/^file_\w+$/.test(url)) {
    context.betas.add("files-api-2025-04-14");
    return { type: "file", file_id: url };
  }
  return { type: "url", url };
}

function mediaTypeOf(part: MediaPart): string | undefined {
  return (part.mediaType ?? parseDataUrl(part.url)?.type)?.toLowerCase().split(";")[0];
}

function parseDataUrl(url: string | undefined): { type: string; data: string } | undefined {
  const head = url?.startsWith("data:") ? /^data:([^;,]*)[^,]*;base64,/i.exec(url.slice(0, 200)) : null;
  return head === null || url === undefined ? undefined : { type: head[1] ?? "", data: url.slice(head[0].length) };
}

function decodeText(data: string): string {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
