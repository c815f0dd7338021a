import type { LumiverseError } from "@lumiverse/core";
import type { WrittenBody } from "../protocol.ts";
import { errorHeaders, statusOf } from "../shared/error-status.ts";
import { openaiError } from "../shared/openai-error.ts";
import { vendorFailure } from "../shared/vendor-messages.ts";

export function writeChatError(error: LumiverseError): WrittenBody {
  return { status: statusOf(error), headers: errorHeaders(error), body: vendorFailure(error) ?? openaiError(error) };
}
