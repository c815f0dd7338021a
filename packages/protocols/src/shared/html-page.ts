import { isHtml, LumiverseError } from "@lumiverse/core/provider";

/** @throws LumiverseError `malformed-response` for an HTML page where events are expected */
export function refuseHtml(text: string): void {
  if (isHtml({ text }))
    throw new LumiverseError({
      code: "malformed-response",
      message: "the host answered with an HTML page",
      hint: "Check the base URL",
    });
}
