import type { ImagePart } from "./message.ts";

/** Base64 of bytes. Converts in blocks, because a large image in one call overflows the stack. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}

/** An image part from bytes, or from a URL that the vendor can fetch. The media type of bytes is detected unless given. */
export function image(source: Uint8Array | string, mediaType?: string): ImagePart {
  if (typeof source !== "string") return { type: "image", data: base64(source), mediaType: mediaType ?? sniffImage(source) };
  return { type: "image", url: source, ...(mediaType === undefined ? {} : { mediaType }) };
}

function sniffImage(bytes: Uint8Array): string {
  if (bytes[0] === 0x89) return "image/png";
  if (bytes[0] === 0xff) return "image/jpeg";
  if (bytes[0] === 0x47) return "image/gif";
  return "image/webp";
}
