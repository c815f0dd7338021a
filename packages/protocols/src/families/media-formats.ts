/** Formats of images and audio that the vendors of models accept. Gateways pass media on, so the check applies behind them too. */
import {
  type AudioPart,
  type FilePart,
  type ImagePart,
  LumiverseError,
  type Note,
  ownValue,
  type Part,
  type UnsupportedPolicy,
} from "@lumiverse/core/provider";
import type { ModelVendor } from "./schemas.ts";

/** A part that is rendered as media. */
export type MediaPart = ImagePart | AudioPart | FilePart;

export function isMedia(part: Part): part is MediaPart {
  return part.type === "image" || part.type === "audio" || part.type === "file";
}

/** What happens to media that are not accepted, and where it is noted. */
export interface MediaPolicy {
  policy: UnsupportedPolicy | undefined;
  notes: Note[];
}

const IMAGES: Readonly<Partial<Record<ModelVendor, readonly string[]>>> = {
  openai: ["png", "jpeg", "webp", "gif"], // https://platform.openai.com/docs/guides/images-vision#image-input-requirements
  anthropic: ["png", "jpeg", "webp", "gif"], // https://platform.claude.com/docs/en/build-with-claude/vision
  gemini: ["png", "jpeg", "webp", "heic", "heif"], // https://ai.google.dev/gemini-api/docs/image-understanding#supported-formats
};
const AUDIO: Readonly<Partial<Record<ModelVendor, readonly string[]>>> = {
  openai: ["wav", "mp3"], // https://platform.openai.com/docs/guides/audio
};

/** Subtypes of media types whose format has another name at the vendors. */
const FORMATS: Readonly<Record<string, string>> = { jpg: "jpeg", mpeg: "mp3", mpga: "mp3", wave: "wav", "vnd.wave": "wav", mp4: "m4a" };

/** The word for the format of a media type: `audio/mpeg` is `mp3`, `audio/x-wav` is `wav`, `image/jpg` is `jpeg`. */
export function formatOf(mediaType: string): string {
  const [subtype = ""] = (mediaType.toLowerCase().split("/")[1] ?? mediaType.toLowerCase()).split(";");
  const name = subtype.trim().replace(/^x-/, "");
  return ownValue(FORMATS, name) ?? name;
}

/** The media type of a part or of its data URL. Undefined for other URLs without one. */
function mediaTypeOf(part: MediaPart): string | undefined {
  if (part.mediaType !== undefined || part.url === undefined) return part.mediaType;
  return /^data:([^;,]+)/i.exec(part.url.slice(0, 200))?.[1];
}

/**
 * Why the vendor refuses the format of an image or of audio, and what helps. Undefined where it accepts the format or nothing is known of it. `audio`: the
 * formats of audio that the host accepts, whatever the vendor.
 */
export function refusedFormat(
  part: MediaPart,
  vendor: ModelVendor | undefined,
  audio?: readonly string[],
): { message: string; hint: string } | undefined {
  const type = mediaTypeOf(part);
  if (type === undefined) return undefined;
  const kind = part.type === "file" && type.startsWith("image/") ? "image" : part.type;
  const accepted = kind === "audio" ? (audio ?? ownValue(AUDIO, vendor)) : kind === "image" ? ownValue(IMAGES, vendor) : undefined;
  const format = formatOf(type);
  if (accepted === undefined || accepted.includes(format)) return undefined;
  const [last, ...others] = [...accepted].reverse();
  return {
    message: `the host accepts ${kind === "audio" ? "audio" : "images"} as ${others.reverse().join(", ")} or ${last} only, not as ${format}`,
    hint: kind === "audio" ? "Convert the audio" : "Convert the image",
  };
}

/** Drops media with a note where the policy allows it. @throws LumiverseError `unsupported` */
export function dropMedia({ policy, notes }: MediaPolicy, message: string, hint: string): void {
  if (policy !== "drop" && policy !== "send") throw new LumiverseError({ code: "unsupported", field: "messages", message, hint });
  notes.push({ kind: "dropped", field: "messages", message: `A part was dropped: ${message}.` });
}
