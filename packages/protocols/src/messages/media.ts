/** Images, documents and audio as blocks. What the wire can't carry is refused, or replaced by a line that says so. */
import { type AudioPart, type FilePart, type ImagePart, type JsonObject, LumiverseError, wellFormed } from "@lumiverse/core";
import { noteOnce, type WalkContext } from "./turns.ts";

export function image(part: ImagePart | FilePart, c: WalkContext): JsonObject {
  return { type: "image", source: source(part, "image/png", c) };
}

export function file(part: FilePart, c: WalkContext): JsonObject {
  const type = mediaTypeOf(part);
  if (type?.startsWith("image/")) return image(part, c);
  const title = part.filename === undefined ? {} : { title: part.filename };
  const citations = c.citations ? { citations: { enabled: true } } : {};
  const readable =
    type !== undefined &&
    (type.startsWith("text/") || /^application\/(?:json|xml|yaml|x-yaml|javascript|toml)$|[+](?:json|xml)$/.test(type));
  if (readable && (part.data !== undefined || dataUrl(part.url) !== undefined)) {
    const data = decodeText(part.data ?? dataUrl(part.url)?.data ?? "");
    return { type: "document", source: { type: "text", media_type: "text/plain", data }, ...title, ...citations };
  }
  if (type === undefined || type === "application/pdf" || readable || c.unsupported === "send")
    return { type: "document", source: source(part, "application/pdf", c), ...title, ...citations };
  return placeholder(`files of type ${type}`, `[A file of type ${type} could not be sent.]`, c);
}

export function audio(part: AudioPart, c: WalkContext): JsonObject {
  if (part.transcript !== undefined && part.transcript.trim() !== "") {
    noteOnce(c.notes, { kind: "changed", field: "messages", message: "audio was sent as its transcript" });
    return { type: "text", text: wellFormed(part.transcript) };
  }
  return placeholder("audio", `[Audio of type ${mediaTypeOf(part) ?? "unknown"} could not be sent.]`, c);
}

function placeholder(what: string, line: string, c: WalkContext): JsonObject {
  if (c.unsupported === "refuse")
    throw new LumiverseError({
      code: "unsupported",
      field: "messages",
      message: `the Messages wire takes no ${what}`,
      hint: "Send images, PDF or plain text",
    });
  noteOnce(c.notes, { kind: "dropped", field: "messages", message: `${what}: the wire takes none; a line of text says so` });
  return { type: "text", text: line };
}

type MediaPart = ImagePart | AudioPart | FilePart;
function source(part: MediaPart, fallback: string, c: WalkContext): JsonObject {
  const inline = part.data === undefined ? dataUrl(part.url) : { data: part.data, type: part.mediaType };
  if (inline !== undefined) {
    const type = part.mediaType ?? inline.type ?? fallback;
    // Base64 with line breaks is refused, and so is the type that many tools write for JPEG.
    return {
      type: "base64",
      media_type: type === "image/jpg" ? "image/jpeg" : type,
      data: /\s/.test(inline.data) ? inline.data.replace(/\s+/g, "") : inline.data,
    };
  }
  const url = part.url ?? "";
  if (/^file_\w+$/.test(url)) {
    c.betas.add("files-api-2025-04-14");
    return { type: "file", file_id: url };
  }
  return { type: "url", url };
}

function mediaTypeOf(part: MediaPart): string | undefined {
  return (part.mediaType ?? dataUrl(part.url)?.type)?.toLowerCase().split(";")[0];
}
function dataUrl(url: string | undefined): { type: string; data: string } | undefined {
  const head = url?.startsWith("data:") ? /^data:([^;,]*)[^,]*;base64,/i.exec(url.slice(0, 200)) : null;
  return head === null || url === undefined ? undefined : { type: head[1] ?? "", data: url.slice(head[0].length) };
}
function decodeText(data: string): string {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
