import type { Media } from "@lumiverse/core";

const DATA_URL = /^data:([^;,]+);base64,/;

/** Bytes or an address, from what a client wrote as a URL. */
export function mediaOf(url: string): Media {
  const [head, mediaType] = DATA_URL.exec(url.slice(0, 200)) ?? [];
  return head === undefined || mediaType === undefined ? { url } : { data: url.slice(head.length), mediaType };
}

/** The URL that a client wrote for media. */
export function urlOf(media: Media): string {
  return media.data === undefined ? media.url : `data:${media.mediaType};base64,${media.data}`;
}
