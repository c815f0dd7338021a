import type { LumiverseError } from "@lumiverse/core";

/** How clients of a protocol recognise that a prompt is too long: agents shorten their conversation then, and repeat anything else. */
export interface OverflowWording {
  known: RegExp;
  /** What comes before the words of a vendor that says it in another way. */
  words: string;
}

/** What a client reads of an error: the message, and what to do. */
export function errorText(error: LumiverseError, { known, words }: OverflowWording): string {
  const text = textOf(error);
  return error.code === "context-overflow" && !known.test(text) ? `${words}: ${text}` : text;
}

function textOf({ code, message, hint }: LumiverseError): string {
  if (hint === undefined) return message;
  // The hint of a field that the model does not support names options of the library, which a client of the gateway does not have.
  const advice = code === "unsupported" && hint.includes("unsupported:") ? "Remove it from the request, or use another model" : hint;
  return `${message.replace(/\.$/, "")}. ${advice}`;
}
