import { LumiverseError } from "./errors.ts";
import { definedFields } from "./json.ts";
import type { ImagePart } from "./message.ts";

/** Base64 of bytes. Converts in blocks, because a large image in one call overflows the stack. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** An image part from bytes, or from a URL that the vendor can fetch. The media type of bytes is detected unless given: PNG, JPEG, GIF and WebP; others are an `invalid-request`. */
export function image(source: Uint8Array | string, mediaType?: string): ImagePart {
  if (typeof source !== "string") return { type: "image", data: base64(source), mediaType: mediaType ?? sniffImage(source) };
  return { type: "image", url: source, ...definedFields({ mediaType }) };
}

function sniffImage(bytes: Uint8Array): string {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF8")) return "image/gif";
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return "image/webp";
  throw new LumiverseError({
    code: "invalid-request",
    field: "image",
    message: `image() does not know the format of these ${bytes.length} bytes`,
    hint: 'Pass the media type of another format: image(bytes, "image/avif")',
  });
}
