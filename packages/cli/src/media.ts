/** Local files and URLs as parts of a message. A URL is passed on: the vendor fetches it. */
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { type AudioPart, base64, type FilePart, type ImagePart, LumiverseError, type Media } from "@lumiverse/core";

export async function imagePart(source: string): Promise<ImagePart> {
  const media = await mediaOf(source);
  if (media.url === undefined && !media.mediaType.startsWith("image/"))
    throw new LumiverseError({
      code: "configuration",
      field: "image",
      message: `${source} is no image that is known here (it looks like ${media.mediaType})`,
      hint: "Documents, audio and video go with --file",
    });
  return { type: "image", ...media };
}

export async function filePart(source: string): Promise<FilePart | AudioPart | ImagePart> {
  const media = await mediaOf(source);
  if (media.mediaType?.startsWith("audio/") === true) return { type: "audio", ...media };
  if (media.mediaType?.startsWith("image/") === true) return { type: "image", ...media };
  return { type: "file", filename: media.url === undefined ? basename(source) : basename(new URL(source).pathname), ...media };
}

async function mediaOf(source: string): Promise<Media> {
  if (/^https?:\/\//i.test(source)) {
    const mediaType = BY_EXTENSION[extname(new URL(source).pathname).toLowerCase()];
    return { url: source, ...(mediaType === undefined ? {} : { mediaType }) };
  }
  const bytes = await readFile(source).catch((cause: unknown) => {
    throw new LumiverseError({ code: "configuration", message: `${source} could not be read: ${reasonOf(cause)}`, cause });
  });
  return { data: base64(bytes), mediaType: typeOf(bytes) ?? BY_EXTENSION[extname(source).toLowerCase()] ?? "application/octet-stream" };
}

/** Why a file could not be read, without its path said twice. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  if (code === "EACCES") return "permission denied";
  return cause instanceof Error ? cause.message : String(cause);
}

/** First bytes decide: extensions lie. A pair is an offset and the text that stands there, byte for byte. */
const MAGIC: readonly (readonly [type: string, ...marks: readonly (readonly [at: number, text: string])[]])[] = [
  ["image/png", [0, "\u0089PNG"]],
  ["image/jpeg", [0, "\u00ff\u00d8\u00ff"]],
  ["image/gif", [0, "GIF8"]],
  ["image/webp", [0, "RIFF"], [8, "WEBP"]],
  ["audio/wav", [0, "RIFF"], [8, "WAVE"]],
  ["image/avif", [4, "ftypavif"]],
  ["image/heic", [4, "ftyphei"]],
  ["application/pdf", [0, "%PDF-"]],
  ["audio/mpeg", [0, "ID3"]],
  ["audio/flac", [0, "fLaC"]],
  ["audio/ogg", [0, "OggS"]],
];
function typeOf(bytes: Uint8Array): string | undefined {
  const has = (at: number, text: string): boolean => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
  return MAGIC.find(([, ...marks]) => marks.every(([at, text]) => has(at, text)))?.[0];
}

const BY_EXTENSION: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".heic": "image/heic",
  ".pdf": "application/pdf",
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
  ".html": "text/html",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".flac": "audio/flac",
  ".ogg": "audio/ogg",
  ".m4a": "audio/mp4",
  ".mp4": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
};
