/** Local files and URLs as parts of a message. A URL is sent as it is, and the vendor fetches it. */
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type AudioPart, type FilePart, type ImagePart, isLumiverseError, LumiverseError, type Media } from "@lumiverse/core";
import { base64 } from "@lumiverse/core/provider";
import { readRegularFile } from "../terminal/files.ts";

export async function imagePart(source: string): Promise<ImagePart> {
  const media = await mediaOf(source);
  if (media.url === undefined && !media.mediaType.startsWith("image/"))
    throw new LumiverseError({
      code: "configuration",
      field: "image",
      message: `${source} is not an image in a known format (it looks like ${media.mediaType})`,
      hint: "Use --file for documents, audio and video",
    });
  return { type: "image", ...media };
}

export async function filePart(source: string): Promise<FilePart | AudioPart | ImagePart> {
  const media = await mediaOf(source);
  if (media.mediaType?.startsWith("audio/") === true) return { type: "audio", ...media };
  if (media.mediaType?.startsWith("image/") === true) return { type: "image", ...media };
  return { type: "file", ...nameOf(source), ...media };
}

/** A data URL has no name. */
function nameOf(source: string): { filename?: string } {
  if (/^data:/i.test(source)) return {};
  return { filename: basename(URL_SHAPE.test(source) ? decoded(urlOf(source).pathname) : source) };
}

/** A name in another encoding than UTF-8, or with a bare percent sign, stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

async function mediaOf(source: string): Promise<Media> {
  if (/^data:/i.test(source)) return { url: source };
  if (/^file:/i.test(source)) return mediaOf(pathOf(source));
  if (URL_SHAPE.test(source)) {
    const mediaType = BY_EXTENSION[extname(urlOf(source).pathname).toLowerCase()];
    return { url: source, ...(mediaType === undefined ? {} : { mediaType }) };
  }
  const bytes = await readRegularFile(source);
  const mediaType =
    typeOf(bytes) ?? BY_EXTENSION[extname(source).toLowerCase()] ?? (isText(bytes) ? "text/plain" : "application/octet-stream");
  return { data: base64(bytes), mediaType };
}

/** A drive of Windows has one letter. */
const URL_SHAPE = /^[a-z][a-z0-9+.-]+:\/\//i;
/** Storages of vendors, and what everybody can fetch. */
const FETCHABLE = /^(?:https?|file|gs|s3):$/;

/** @throws LumiverseError `configuration` for a URL that nobody can fetch */
function urlOf(source: string): URL {
  const url = URL.parse(source);
  if (url !== null && FETCHABLE.test(url.protocol)) return url;
  throw new LumiverseError({
    code: "configuration",
    field: "file",
    message: `${source} is ${url === null ? "not a URL" : `a URL of the scheme ${url.protocol}, which vendors do not fetch`}`,
    hint: "Name a local file, or a URL such as https://example.com/a.png",
  });
}

/** The path that a file URL names. @throws LumiverseError `configuration` for one with a host, or with an encoded slash */
function pathOf(source: string): string {
  try {
    return fileURLToPath(urlOf(source));
  } catch (cause) {
    if (isLumiverseError(cause)) throw cause;
    throw new LumiverseError({
      code: "configuration",
      field: "file",
      message: `${source} names no file of this machine`,
      hint: "Name a local file by its path",
      cause,
    });
  }
}

/** Source code, settings and logs have hundreds of extensions, or none. */
function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\0");
  } catch {
    return false;
  }
}

/** The first bytes decide, because extensions are often wrong. A pair is an offset and the bytes at that offset, as text. */
const SIGNATURES: readonly (readonly [type: string, ...marks: readonly (readonly [at: number, text: string])[]])[] = [
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
  return SIGNATURES.find(([, ...marks]) => marks.every(([at, text]) => has(at, text)))?.[0];
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
