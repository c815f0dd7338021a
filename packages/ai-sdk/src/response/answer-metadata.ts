import type { JSONObject, SharedV4ProviderMetadata } from "@ai-sdk/provider";
import type { ChatResponse } from "@lumiverse/core";
import { METADATA_KEY } from "../metadata.ts";

/** The fields of an answer for which the SDK has none of its own, under `providerMetadata.lumiverse` of a step. */
export type AnswerMetadata = Pick<
  ChatResponse,
  "usage" | "cost" | "notes" | "attempts" | "rateLimit" | "requestId" | "transport" | "details" | "finishReason"
> & {
  /** The provider's id. */
  provider: string;
};

export function answerMetadata(provider: string, response: ChatResponse): SharedV4ProviderMetadata {
  const { usage, cost, notes, attempts, rateLimit, requestId, transport, details, finishReason } = response;
  const metadata: AnswerMetadata = {
    provider,
    finishReason,
    usage,
    notes,
    attempts,
    transport,
    details,
    ...(cost === undefined ? {} : { cost }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(requestId === undefined ? {} : { requestId }),
  };
  // A copy without undefined fields: all of it is JSON.
  return { [METADATA_KEY]: JSON.parse(JSON.stringify(metadata)) as JSONObject };
}
