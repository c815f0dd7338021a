/** Images, audio and files as parts of the protocol, and back. */
import { definedFields, isObject, type JsonObject, ownValue, type Part } from "@lumiverse/core/provider";
import { dropMedia, type MediaPart, type MediaPolicy, refusedFormat } from "../families/media-formats.ts";

/** One media part. Empty where the vendor does not accept its format and the policy allows to drop it. */
export function renderMedia(part: MediaPart, context: MediaPolicy): JsonObject[] {
  const refused = refusedFormat(part, "gemini") ?? refusedFile(part);
  if (refused === undefined || context.policy === "send") return [mediaPart(part)];
  dropMedia(context, refused.message, refused.hint);
  return [];
}

/** "Unsupported MIME type". https://ai.google.dev/gemini-api/docs/document-processing */
function refusedFile({ mediaType = "" }: MediaPart): { message: string; hint: string } | undefined {
  if (!/^application\/(?:vnd\.(?:openxmlformats|ms-|oasis)|msword|zip|octet-stream)/.test(mediaType)) return undefined;
  return { message: `the host does not read files of type ${mediaType}`, hint: "Convert the document to PDF or text" };
}

function mediaPart(part: MediaPart): JsonObject {
  if (part.data !== undefined) return { inlineData: { mimeType: part.mediaType, data: part.data } };
  const inline = /^data:([^;,]+)[^,]*;base64,(.*)$/s.exec(part.url);
  if (inline !== null) return { inlineData: { mimeType: inline[1], data: inline[2] } };
  const mimeType = part.mediaType ?? mediaTypeOf(part.url);
  return { fileData: { ...definedFields({ mimeType }), fileUri: part.url } };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  wav: "audio/wav",
  mp3: "audio/mp3",
  ogg: "audio/ogg",
  flac: "audio/flac",
  mp4: "video/mp4",
  mov: "video/mov",
  webm: "video/webm",
};
/** The media type by the extension of a URL. YouTube is the only video site whose pages the vendor reads as video. */
function mediaTypeOf(url: string): string | undefined {
  if (/^https?:\/\/(?:www\.|m\.)?(?:youtube\.com|youtu\.be)\//i.test(url)) return "video/mp4";
  const extension = /\.([a-z0-9]+)(?:[?#].*)?$/i.exec(url)?.[1]?.toLowerCase() ?? "";
  return ownValue(EXTENSIONS, extension);
}

/** Media that the model generated, or a file that it refers to. Undefined when the part has neither. */
export function parseMedia(part: JsonObject): Part | undefined {
  const { inlineData, fileData } = part;
  if (isObject(inlineData)) {
    const { data, mimeType } = inlineData;
    if (typeof data !== "string") return undefined;
    const mediaType = typeof mimeType === "string" ? mimeType : "application/octet-stream";
    return { type: mediaKind(mediaType), data, mediaType };
  }
  if (isObject(fileData)) {
    const { fileUri, mimeType } = fileData;
    if (typeof fileUri !== "string") return undefined;
    return typeof mimeType === "string" ? { type: mediaKind(mimeType), url: fileUri, mediaType: mimeType } : { type: "file", url: fileUri };
  }
  return undefined;
}
function mediaKind(mediaType: string): "image" | "audio" | "file" {
  return mediaType.startsWith("image/") ? "image" : mediaType.startsWith("audio/") ? "audio" : "file";
}
