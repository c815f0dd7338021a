/** Images, audio and documents: as content parts of a request, and as parts of an answer. */
import { type CheckedCall, definedFields, isObject, type JsonObject, type Part } from "@lumiverse/core/provider";
import { dropMedia, formatOf, type MediaPart, type MediaPolicy, refusedFormat } from "../families/media-formats.ts";
import { modelVendor } from "../families/schemas.ts";
import { isFilledText } from "../shared/json-values.ts";
import type { Dialect } from "./dialect.ts";

/** What rendering media needs to know. */
export interface MediaContext extends MediaPolicy {
  dialect: Dialect;
  model: string;
}

/** One media part as a content part. Empty where the host does not accept it and the policy allows to drop it. */
export function renderMedia(part: MediaPart, context: MediaContext): JsonObject[] {
  const { dialect } = context;
  if (dialect.content === "string") return unsupported(context, "the host accepts text only", "Choose a model or host that accepts media");
  const vendor = modelVendor(context.model);
  // Whether gateways convert images for Gemini is not documented.
  const refused = refusedFormat(part, vendor === "gemini" ? undefined : vendor, dialect.audioFormats);
  if (refused !== undefined && context.policy !== "send") return unsupported(context, refused.message, refused.hint);
  if (part.type === "image") {
    if (isRemote(part) && dialect.images === "data")
      return unsupported(context, "the host does not fetch images", "Pass the bytes: image(bytes) makes an image part");
    return [{ type: "image_url", image_url: { url: urlOf(part, "image/png"), ...definedFields({ detail: part.detail }) } }];
  }
  if (part.type === "audio") {
    if (part.url !== undefined)
      return unsupported(context, "Chat Completions accepts audio as bytes only", "Load the audio and pass its bytes");
    return [{ type: "input_audio", input_audio: { data: part.data, format: formatOf(part.mediaType) } }];
  }
  const video = part.mediaType?.startsWith("video/") === true;
  if (video && isRemote(part) && dialect.images === "data")
    return unsupported(context, "the host does not fetch videos", "Pass the bytes: { data, mediaType }");
  if (part.url === undefined && dialect.urlOnly?.includes(video ? "video" : "file") === true)
    return unsupported(
      context,
      `the host accepts a ${video ? "video" : "document"} by URL only`,
      "Store it where the host can fetch it, and pass { url, mediaType }",
    );
  if (video) return [{ type: "video_url", video_url: { url: urlOf(part, "video/mp4") } }];
  const name = part.filename;
  const files = dialect.files ?? "file";
  if (files === "file_url") {
    const url = part.url ?? part.data ?? "";
    return [{ type: "file_url", file_url: { url }, ...definedFields({ file_name: name }) }];
  }
  const url = urlOf(part, "application/pdf");
  if (files === "document_url") return [{ type: "document_url", document_url: url, ...definedFields({ document_name: name }) }];
  const byUrl = files === "file_data" && isRemote(part);
  if (files !== "none" && !byUrl) return [{ type: "file", file: { filename: name ?? "document.pdf", file_data: url } }];
  return unsupported(context, `the host accepts no documents${byUrl ? " by URL" : ""}`, "Put the document's text into the message");
}

function isRemote(part: MediaPart): boolean {
  return part.url !== undefined && /^https?:/i.test(part.url);
}

function urlOf(part: MediaPart, defaultType: string): string {
  return part.url ?? `data:${part.mediaType ?? defaultType};base64,${part.data}`;
}

function unsupported(context: MediaContext, message: string, hint: string): JsonObject[] {
  dropMedia(context, message, hint);
  return [];
}

/** Audio of an answer while it arrives: the bytes in pieces of base64, the transcript in pieces of text. */
export interface AudioOutput {
  id: string | undefined;
  pieces: string[];
  transcript: string;
}

export function addAudio(audio: AudioOutput | undefined, delta: JsonObject): AudioOutput | undefined {
  // Servers that send every field of their type send empty audio.
  if (audio === undefined && !["id", "data", "transcript"].some((field) => (delta[field] ?? "") !== "")) return undefined;
  const out = audio ?? { id: undefined, pieces: [], transcript: "" };
  if (isFilledText(delta["id"])) out.id = delta["id"];
  if (typeof delta["data"] === "string") out.pieces.push(delta["data"]);
  if (typeof delta["transcript"] === "string") out.transcript += delta["transcript"];
  return out;
}

export function readAudio(audio: AudioOutput, call: CheckedCall): Part {
  const requested = call.request.parameters?.["audio"];
  const format = isObject(requested) && typeof requested["format"] === "string" ? requested["format"] : "wav";
  const part: Part = { type: "audio", data: joinBase64(audio.pieces), mediaType: format === "mp3" ? "audio/mpeg" : `audio/${format}` };
  if (audio.transcript !== "") part.transcript = audio.transcript;
  return part;
}

/** Pieces that were padded one by one must be joined as bytes. */
function joinBase64(pieces: readonly string[]): string {
  const padded = pieces.some((piece, i) => i < pieces.length - 1 && piece.endsWith("="));
  return padded ? btoa(pieces.map((piece) => atob(piece)).join("")) : pieces.join("");
}

/** An image of an answer (`message.images`, or a content part): bytes by data URL, or a URL. */
export function readImage(image: unknown): Part | undefined {
  const holder = isObject(image) ? image["image_url"] : undefined;
  const url = isObject(holder) ? holder["url"] : holder;
  if (typeof url !== "string" || url === "") return undefined;
  const comma = url.startsWith("data:") ? url.indexOf(",") : -1;
  if (comma < 0) return { type: "image", url };
  return { type: "image", data: url.slice(comma + 1), mediaType: url.slice(5, comma).split(";")[0] || "image/png" };
}
