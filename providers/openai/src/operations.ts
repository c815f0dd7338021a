/** The model list, what it proves about a key, and the token count. */
import {
  endpoint,
  errorMessage,
  errorWords,
  type HttpRequest,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationContext,
  type OperationResponse,
  type Operations,
  wordOf,
} from "@lumiverse/core/provider";
import { modelList } from "@lumiverse/protocols/chat-completions/operations";
import { openai as family } from "@lumiverse/protocols/families";
import { countTokens } from "@lumiverse/protocols/responses/operations";
import { isVendor, scopeHeaders } from "./api.ts";
import type { OpenaiSettings } from "./settings.ts";

/** The vendor's list also contains models that do not chat, and does not state what a model can do. */
const NO_CHAT_MODEL =
  /embedding|tts|whisper|transcribe|translate|dall-e|image|moderation|realtime|sora|babbage|davinci|instruct(?:-|$)|^text-|-(?:search|edit|similarity)-(?:ada|babbage|curie|davinci)/;

const vendorModels = listWith((id) => !NO_CHAT_MODEL.test(id));
const hostModels = listWith(() => true);

function listWith(isChatModel: (id: string) => boolean): Operation<readonly ModelInfo[], OpenaiSettings> {
  return modelList({
    filter: ({ id }) => isChatModel(wordOf(id)),
    capabilities: ({ id }) => family.capabilitiesOf(wordOf(id)),
    released: "created",
  });
}

const models: Operation<readonly ModelInfo[], OpenaiSettings> = {
  origin: "base",
  request: modelsRequest,
  parse: (response) => (isVendor(response.context.base) ? vendorModels : hostModels).parse(response),
};

const check: Operation<KeyVerdict, OpenaiSettings> = {
  origin: "base",
  request: modelsRequest,
  parse(response) {
    const value = verdict(response, response.context.base);
    return value === undefined ? undefined : { value };
  },
};

function modelsRequest({ base, settings }: OperationContext<OpenaiSettings>): HttpRequest {
  return { method: "GET", url: endpoint(base, "/models"), headers: scopeHeaders(settings) };
}

function verdict(response: OperationResponse & { context: OperationContext<OpenaiSettings> }, base: URL): KeyVerdict | undefined {
  const { json } = response;
  const codes = errorWords(json);
  const status = codes.includes("invalid_api_key") ? 401 : response.status; // whatever the status of a proxy
  const reason = errorMessage(json)?.slice(0, 500);
  const stated = reason === undefined ? {} : { reason };
  // A page can come from anything between, and an answer without a list is none of this endpoint.
  if (status !== 401 && (json === undefined || (status === 200 && hostModels.parse(response) === undefined))) return undefined;
  switch (status) {
    case 200:
      if (isVendor(base))
        return { key: "valid", usable: "unknown", hint: "The model list does not show whether the account has credit: only a call does" };
      return { key: "unknown", usable: "unknown", reason: "Hosts other than OpenAI may return their model list for any key" };
    case 401:
      return { key: "invalid", usable: false, ...stated, hint: "Create a key at https://platform.openai.com/api-keys" };
    case 403:
      // A restricted key may be allowed to chat and not to list models.
      if (codes.includes("unsupported_country_region_territory")) return { key: "unknown", usable: false, ...stated };
      return { key: "valid", usable: "unknown", ...stated };
    case 429:
      if (codes.includes("insufficient_quota") || codes.includes("credit_balance_exhausted"))
        return { key: "valid", usable: false, ...stated, hint: "The account has no credit left" };
      return { key: "valid", usable: true, ...stated };
    default:
      return undefined;
  }
}

export const operations: Operations<OpenaiSettings> = { check, models, countTokens: countTokens() };
