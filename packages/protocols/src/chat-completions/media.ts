import { type CheckedCall, isObject, type JsonObject, type Part, type ResponseDetails } from "@lumiverse/core";

/** Audio out, collected: the bytes come in pieces of base64, the transcript in pieces of text. */
export interface AudioOut {
  id: string | undefined;
  pieces: string[];
  transcript: string;
}

export function addAudio(audio: AudioOut | undefined, delta: JsonObject): AudioOut {
  const out = audio ?? { id: undefined, pieces: [], transcript: "" };
  if (typeof delta["id"] === "string") out.id = delta["id"];
  if (typeof delta["data"] === "string") out.pieces.push(delta["data"]);
  if (typeof delta["transcript"] === "string") out.transcript += delta["transcript"];
  return out;
}

export function audioPart(audio: AudioOut, call: CheckedCall): Part {
  const asked = call.request.parameters?.["audio"];
  const format = isObject(asked) && typeof asked["format"] === "string" ? asked["format"] : "wav";
  const part: Part = { type: "audio", data: joined(audio.pieces), mediaType: format === "mp3" ? "audio/mpeg" : `audio/${format}` };
  if (audio.transcript !== "") part.transcript = audio.transcript;
  return part;
}

/** Pieces that were padded one by one must be joined as bytes. */
function joined(pieces: readonly string[]): string {
  const padded = pieces.some((piece, i) => i < pieces.length - 1 && piece.endsWith("="));
  return padded ? btoa(pieces.map((piece) => atob(piece)).join("")) : pieces.join("");
}

/** An image of an answer (`message.images`, or a content part): bytes by data URL, or a URL. */
export function imagePart(image: unknown): Part | undefined {
  const holder = isObject(image) ? image["image_url"] : undefined;
  const url = isObject(holder) ? holder["url"] : holder;
  if (typeof url !== "string") return undefined;
  const comma = url.startsWith("data:") ? url.indexOf(",") : -1;
  if (comma < 0) return { type: "image", url };
  return { type: "image", data: url.slice(comma + 1), mediaType: url.slice(5, comma).split(";")[0] || "image/png" };
}

type Logprob = { token: string; logprob: number; top?: { token: string; logprob: number }[] };

/** Log-probabilities of the text; DeepSeek has a list of its own for the reasoning. */
export function logprobsOf(raw: JsonObject, details: ResponseDetails): void {
  append(raw["content"], "logprobs", details);
  append(raw["reasoning_content"], "reasoningLogprobs", details);
}

function append(items: unknown, name: string, details: ResponseDetails): void {
  if (!Array.isArray(items) || items.length === 0) return;
  const list = (details[name] as Logprob[] | undefined) ?? []; // nobody else writes here
  details[name] = list;
  for (const item of items) {
    const entry = entryOf(item);
    if (entry === undefined) continue;
    const top = isObject(item) ? item["top_logprobs"] : undefined;
    if (Array.isArray(top) && top.length > 0) entry.top = top.map(entryOf).filter((one) => one !== undefined);
    list.push(entry);
  }
}

function entryOf(item: unknown): Logprob | undefined {
  if (!isObject(item) || typeof item["token"] !== "string" || typeof item["logprob"] !== "number") return undefined;
  return { token: item["token"], logprob: item["logprob"] };
}
