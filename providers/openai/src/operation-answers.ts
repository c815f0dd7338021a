/** How the answers to operations are read: loaded when one is asked for. */
import { type Answered, isObject, type KeyVerdict, type ModelInfo, type OperationResponse } from "@lumiverse/core";
import { errorMessage, errorWords } from "@lumiverse/core/wire";
import { openai as family } from "@lumiverse/protocols/families";
import { isVendor } from "./api.ts";

/** The list also holds what does not chat, and says nothing of what a model can do. */
const NO_CHAT =
  /embedding|tts|whisper|transcribe|translate|dall-e|image|moderation|realtime|sora|babbage|davinci|instruct(?:-|$)|^text-|-(?:search|edit|similarity)-(?:ada|babbage|curie|davinci)/;

export function readModels(response: OperationResponse, base: URL): Answered<readonly ModelInfo[]> | undefined {
  if (response.status >= 400 || !isObject(response.json)) return undefined;
  const { data } = response.json;
  if (!Array.isArray(data)) return undefined;
  const own = isVendor(base);
  const found: ModelInfo[] = [];
  for (const entry of data) {
    if (!isObject(entry) || typeof entry["id"] !== "string") continue;
    const { id, created } = entry;
    if (own && NO_CHAT.test(id)) continue;
    found.push({
      id,
      source: "live",
      takes: family.facts(id),
      ...(typeof created === "number" && created > 0 ? { released: new Date(created * 1000).toISOString().slice(0, 10) } : {}),
    });
  }
  return { value: found };
}

export function verdict(response: OperationResponse, base: URL): Answered<KeyVerdict> | undefined {
  const { status } = response;
  const words = errorWords(response.json);
  const message = errorMessage(response.json);
  const said = message === undefined ? {} : { reason: message.slice(0, 500) };
  if (status === 401)
    return { value: { key: "invalid", usable: false, ...said, hint: "Keys are made at https://platform.openai.com/api-keys" } };
  // A restricted key may chat and yet not list models.
  if (status === 403) {
    const country = words.includes("unsupported_country_region_territory");
    return { value: { key: country ? "unknown" : "valid", usable: country ? false : "unknown", ...said } };
  }
  if (status === 429) {
    const spent = words.includes("insufficient_quota") || words.includes("credit_balance_exhausted");
    return { value: { key: "valid", usable: !spent, ...said, ...(spent ? { hint: "The account has no credit left" } : {}) } };
  }
  if (status !== 200) return undefined;
  if (!isVendor(base)) return { value: { key: "unknown", usable: "unknown", reason: "other hosts may show their model list to anyone" } };
  return { value: { key: "valid", usable: "unknown", hint: "Whether there is credit shows only with the first request" } };
}
