import type { SharedV4Warning } from "@ai-sdk/provider";
import type { Note } from "@lumiverse/core";

/** A note about the request as the SDK's warning. */
export function warningOf({ kind, field, message }: Note): SharedV4Warning {
  if (field === undefined) return { type: "other", message };
  switch (kind) {
    case "dropped":
      return { type: "unsupported", feature: field, details: message };
    case "clamped":
    case "changed":
    case "moved":
    case "schema":
    case "prefill":
      return { type: "compatibility", feature: field, details: message };
    case "parameter":
    case "foreign":
    case "replayed":
    case "recovered":
    case "fallback":
    case "cache":
    case "cut":
    case "unknown":
    case "warning":
      return { type: "other", message };
    default:
      return kind satisfies never;
  }
}
