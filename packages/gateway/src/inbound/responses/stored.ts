/** Responses that a client refers to by id. The gateway stores none; a vendor of the protocol may. */
import { type JsonObject, LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { ParsedRequest } from "../protocol.ts";

export const SEND_ALL = "Send the whole conversation in input";

/**
 * A check of the vendor's messages, for a request that continues a stored response: a server that stores none ignores the field, and would answer without the
 * conversation before it. Servers that continue responses repeat the id, or leave the field out. Undefined where the request continues none.
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
