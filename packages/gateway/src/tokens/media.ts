/** What the bytes of images and documents say about their size, without decoding them. */
import { imageDimensionsFromData } from "image-dimensions";

export interface ImageSize {
  width: number;
  height: number;
}

/** An image whose size is unknown: one at an address, or of another format. */
const USUAL: ImageSize = { width: 1024, height: 1024 };
/** Characters of base64 at the beginning that are looked at. The size of a JPEG stands after its metadata, so a second look reads more. */
const HEADS: readonly number[] = [4096, 131_072];
/** Fewer bytes hold no image. */
const SHORTEST_HEAD = 16;

/** @param data base64. Absent: the image is at an address */
export function imageSize(data: string | undefined): ImageSize {
  if (data === undefined) return USUAL;
  for (const length of HEADS) {
    const size = sizeIn(bytesOf(data.slice(0, length)));
    if (size !== undefined) return size;
    if (data.length <= length) break;
  }
  return USUAL;
}

function sizeIn(bytes: Uint8Array | undefined): ImageSize | undefined {
  if (bytes === undefined || bytes.length < SHORTEST_HEAD) return undefined;
  try {
    const { width = 0, height = 0 } = imageDimensionsFromData(bytes) ?? {};
    return width > 0 && height > 0 ? { width, height } : undefined;
  } catch {
    // A header that is cut off or broken.
    return undefined;
  }
}

/** Characters of base64 of a usual page. */
const BASE64_OF_PAGE = 60_000;
/** Longer documents are not searched for pages. */
const LONGEST_SEARCH = 8_000_000;
/** An object of a page, not the tree of `/Type /Pages`. */
const PAGE = /\/Type\s{0,4}\/Page(?![A-Za-z])/g;

/** The pages of a PDF, or of a document that is as long as one. @param data base64. Absent: the document is at an address */
export function documentPages(data: string | undefined): number {
  if (data === undefined) return 1;
  const text = data.length > LONGEST_SEARCH ? undefined : latin1Of(data);
  const pages = text?.startsWith("%PDF") === true ? (text.match(PAGE)?.length ?? 0) : 0;
  // Newer PDFs compress the objects of their pages.
  return pages > 0 ? pages : Math.max(1, data.length / BASE64_OF_PAGE);
}

/** The text of a document of `text/*`. Undefined where the data is no base64. */
export function documentText(data: string): string | undefined {
  const bytes = bytesOf(data);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function latin1Of(base64: string): string | undefined {
  try {
    return atob(base64);
  } catch {
    return undefined;
  }
}

function bytesOf(base64: string): Uint8Array | undefined {
  const text = latin1Of(base64);
  if (text === undefined) return undefined;
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
