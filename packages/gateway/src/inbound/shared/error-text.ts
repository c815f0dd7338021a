import type { LumiverseError } from "@lumiverse/core";

/** What a client reads of an error: the message, and what to do. */
export function errorText({ code, message, hint }: LumiverseError): string {
  if (hint === undefined) return message;
  // The hint of a field that the model does not support names options of the library, which a client of the gateway does not have.
  const advice = code === "unsupported" && hint.includes("unsupported:") ? "Remove it from the request, or use another model" : hint;
  return `${message.replace(/\.$/, "")}. ${advice}`;
}
