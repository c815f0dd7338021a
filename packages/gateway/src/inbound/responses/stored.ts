/** Responses that a client refers to by id. The gateway stores none; a vendor of the protocol may. */
import { type JsonObject, LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ParsedRequest } from "../protocol.ts";

export const SEND_ALL = "Send the whole conversation in input";

/**
 * A check of the vendor's messages, for a request that continues a stored response: a server that stores none ignores the field, and would answer without the
 * conversation before it. Undefined where the request continues none.
 *
 * OpenAI documents the field of an answer as the id that the request named, and vLLM copies it from the request. 110 recorded answers of OpenAI, Azure, xAI,
 * DeepSeek and vLLM to requests without it say null (read 2026-12-01). An answer that lacks the field says neither, so it counts.
 *
 * A list does not try its next target after a failed check: only the target that issued the response could have it, and the list does not know which one did.
 */
export function continuationCheck({ answer }: ParsedRequest): ((response: unknown) => void) | undefined {
  const wanted = answer["previous_response_id"];
  if (typeof wanted !== "string" || wanted === "") return undefined;
  return (response) => {
    if (!isObject(response) || response["previous_response_id"] === undefined || response["previous_response_id"] === wanted) return;
    throw new LumiverseError({
      code: "unsupported",
      status: 400,
      field: "previous_response_id",
      message: "the vendor answered without the stored response that previous_response_id names, so it knew nothing of the conversation",
      hint: SEND_ALL,
      retryable: false,
    });
  };
}

/** Whether a client receives a message of the stream. None follows after the one at which the check fails. */
export function checkedMessages(check: (response: unknown) => void): (message: JsonObject) => boolean {
  let isOver = false;
  return ({ response }) => {
    if (isOver) return false;
    isOver = true;
    check(response);
    isOver = false;
    return true;
  };
}
