/** The model list, and what it proves of a key. */
import { endpoint, errorMessage, errorWords, isObject, type KeyVerdict, type ModelInfo, type Operation } from "@lumiverse/core";
import { openai as family } from "@lumiverse/protocols/families";
import { isVendor } from "./api.ts";
import type { OpenaiSettings } from "./settings.ts";

const list: Pick<Operation<unknown, OpenaiSettings>, "origin" | "request"> = {
  origin: "base",
  request: (context) => ({ method: "GET", url: endpoint(context.base, "/models"), headers: scope(context.settings) }),
};
function scope(settings: Partial<OpenaiSettings>): Record<string, string> {
  return {
    ...(settings.organization === undefined ? {} : { "OpenAI-Organization": settings.organization }),
    ...(settings.project === undefined ? {} : { "OpenAI-Project": settings.project }),
  };
}

/** The list also holds what does not chat, and says nothing of what a model can do. */
const NO_CHAT =
  /embedding|tts|whisper|transcribe|translate|dall-e|image|moderation|realtime|sora|babbage|davinci|instruct(?:-|$)|^text-|-(?:search|edit|similarity)-(?:ada|babbage|curie|davinci)/;

export const models: Operation<readonly ModelInfo[], OpenaiSettings> = {
  ...list,
  parse(response, context) {
    if (response.status >= 400 || !isObject(response.json)) return undefined;
    const { data } = response.json;
    if (!Array.isArray(data)) return undefined;
    const own = isVendor(context.base);
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
  },
};

export const check: Operation<KeyVerdict, OpenaiSettings> = {
  ...list,
  parse(response, context) {
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
    if (!isVendor(context.base))
      return { value: { key: "unknown", usable: "unknown", reason: "other hosts may show their model list to anyone" } };
    return { value: { key: "valid", usable: "unknown", hint: "Whether there is credit shows only with the first request" } };
  },
};
