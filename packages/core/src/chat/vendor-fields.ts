import type { JsonObject } from "./json.ts";

/** What belongs at a place of a vendor's message: content that the neutral events carry. */
export type PlaceContent = "text" | "reasoning" | "arguments" | "input" | "call-id" | "call-name" | "media" | "error-message";

/** A place in `VendorFields.fields` whose content the neutral events carry. */
export interface Place {
  path: readonly (string | number)[];
  holds: PlaceContent;
  /** Characters of the content that belong here. Absent for `input`, which is one whole object. */
  length?: number;
  /** Characters before them that only the neutral form has, such as the blank line between two summaries. */
  skip?: number;
  /** The content was stated before: it begins at this character of everything that was stated of its kind. */
  from?: number;
}

/**
 * One message of a vendor, an event of a stream or a whole body, without what the neutral events say about it: text, reasoning, tool calls and media are
 * replaced by places. A gateway uses it to answer a client of the same protocol without a loss.
 */
export interface VendorFields {
  fields: JsonObject;
  places: readonly Place[];
  /** The message is a whole body, not an event of a stream. */
  whole?: boolean;
}
