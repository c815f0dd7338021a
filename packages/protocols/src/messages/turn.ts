import type { JsonObject } from "@lumiverse/core/provider";

/** A turn of the conversation as the protocol has it. Roles alternate. */
export interface Turn {
  role: "user" | "assistant" | "system";
  content: JsonObject[];
}
