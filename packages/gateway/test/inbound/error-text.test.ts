import { LumiverseError } from "@lumiverse/core";
import { expect, test } from "vitest";
import { errorText } from "../../src/inbound/shared/error-text.ts";

test("a client reads the message and what to do, and no options of the library", () => {
  const message = "the model cannot do that.";
  expect(errorText(new LumiverseError({ code: "configuration", message, hint: "Check the URL" }))).toBe(
    "the model cannot do that. Check the URL",
  );
  const hint = 'Remove it, or set unsupported: { seed: "drop" } to leave it out or "send" to send it anyway';
  expect(errorText(new LumiverseError({ code: "unsupported", message, hint }))).toBe(
    "the model cannot do that. Remove it from the request, or use another model",
  );
});
