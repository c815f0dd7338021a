import { LumiverseError } from "@lumiverse/core";
import { expect, test } from "vitest";
import { errorText as write } from "../../src/inbound/shared/error-text.ts";

const errorText = (error: LumiverseError): string => write(error, { known: /too long/, words: "too long" });

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

test("a prompt that is too long is reported in words that clients look for, beside the vendor's own", () => {
  const overflow = (message: string): string => errorText(new LumiverseError({ code: "context-overflow", message }));
  expect(overflow("9 tokens > 8")).toBe("too long: 9 tokens > 8");
  expect(overflow("this is too long")).toBe("this is too long");
  expect(errorText(new LumiverseError({ code: "invalid-request", message: "9 tokens > 8" }))).toBe("9 tokens > 8");
});
