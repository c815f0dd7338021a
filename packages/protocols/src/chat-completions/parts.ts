import { type AudioPart, type FilePart, type ImagePart, type JsonObject, LumiverseError, type Note, type Policy } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

export type Media = ImagePart | AudioPart | FilePart;
export interface Parts {
  dialect: Dialect;
  policy: Policy["unsupported"];
  notes: Note[];
}

/** One medium as a content part; nothing where the host can't take it and the policy says to leave it out. */
export function renderMedia(part: Media, parts: Parts): JsonObject[] {
  const { dialect } = parts;
  if (dialect.content === "string") return cannot(parts, "this host takes text alone", "Choose a model or host that takes media");
  if (part.type === "image") {
    if (isRemote(part) && dialect.images === "data")
      return cannot(parts, "this host fetches no images: give the bytes", "image(bytes) makes an image part of bytes");
    return [
      { type: "image_url", image_url: { url: location(part, "image/png"), ...(part.detail === undefined ? {} : { detail: part.detail }) } },
    ];
  }
  if (part.type === "audio") {
    if (part.url !== undefined) return cannot(parts, "audio goes as bytes on this wire, never by URL", "Load the audio and give its bytes");
    return [{ type: "input_audio", input_audio: { data: part.data, format: audioFormat(part.mediaType) } }];
  }
  const video = part.mediaType?.startsWith("video/") === true;
  if (video && isRemote(part) && dialect.images === "data") return cannot(parts, "this host fetches no videos: give the bytes", GIVE);
  if (part.url === undefined && dialect.linked?.includes(video ? "video" : "file") === true)
    return cannot(
      parts,
      `this host takes a ${video ? "video" : "document"} by URL alone`,
      "Put it where the host can fetch it: { url, mediaType }",
    );
  if (video) return [{ type: "video_url", video_url: { url: location(part, "video/mp4") } }];
  const name = part.filename;
  const files = dialect.files ?? "file";
  if (files === "file_url") {
    const url = part.url ?? part.data ?? "";
    return [{ type: "file_url", file_url: { url }, ...(name === undefined ? {} : { file_name: name }) }];
  }
  const url = location(part, "application/pdf");
  if (files === "document_url")
    return [{ type: "document_url", document_url: url, ...(name === undefined ? {} : { document_name: name }) }];
  if (files === "file") return [{ type: "file", file: { filename: name ?? "document.pdf", file_data: url } }];
  return cannot(parts, "this host takes no documents", "Put the document's text into the message");
}

const GIVE = "Give the bytes: { data, mediaType }";

function isRemote(part: Media): boolean {
  return part.url !== undefined && /^https?:/i.test(part.url);
}

function location(part: Media, fallback: string): string {
  return part.url ?? `data:${part.mediaType ?? fallback};base64,${part.data}`;
}

function audioFormat(mediaType: string): string {
  const subtype = (mediaType.split("/")[1] ?? mediaType).split(";")[0] ?? "";
  if (subtype === "mpeg" || subtype === "mpga") return "mp3";
  return subtype.replace(/^x-/, "") === "wave" ? "wav" : subtype.replace(/^x-/, "");
}

function cannot(parts: Parts, message: string, hint: string): JsonObject[] {
  if (parts.policy !== "warn" && parts.policy !== "send")
    throw new LumiverseError({ code: "unsupported", field: "messages", message, hint });
  parts.notes.push({ kind: "dropped", field: "messages", message: `a part was left out: ${message}` });
  return [];
}
