import type { JsonObject } from "./json.ts";
import type { Usage } from "./usage.ts";

/** What belongs at a slot of a vendor's message: content that the neutral events carry. */
export type SlotContent =
  | "text"
  | "reasoning"
  | "arguments"
  | "input"
  | "call-id"
  | "call-name"
  | "signature"
  | "media"
  /** The vendor's word for the finish reason. */
  | "finish"
  /** A number of tokens. */
  | "count"
  | "error-message";

/** A number of tokens as vendors count them. `prompt`: everything that was sent. `visible`: generated tokens without reasoning. */
export type TokenCount = "prompt" | "input" | "cache-read" | "cache-write" | "generated" | "visible" | "reasoning" | "total";

/** The number of tokens of a usage. Undefined where the usage does not say. */
export function tokensOf({ input, cacheRead, cacheWrite, output, reasoning }: Usage, count: TokenCount): number | undefined {
  const prompt = input === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0);
  switch (count) {
    case "prompt":
      return prompt;
    case "input":
      return input;
    case "cache-read":
      return cacheRead;
    case "cache-write":
      return cacheWrite;
    case "generated":
      return output;
    case "visible":
      return output === undefined ? undefined : output - (reasoning ?? 0);
    case "reasoning":
      return reasoning;
    case "total":
      return prompt === undefined ? output : prompt + (output ?? 0);
  }
}

/** A slot in `VendorFields.fields` whose content the neutral events carry. */
export interface ContentSlot {
  path: readonly (string | number)[];
  holds: SlotContent;
  /** Characters of the content that belong here. Absent for what is not a piece of text: `input`, `finish` and `count`. */
  length?: number;
  /** Characters before them that only the neutral form has, such as the blank line between two summaries. */
  skip?: number;
  /** The content was stated before: it begins at this character of everything that was stated of its kind. */
  from?: number;
  /** For `count`: which number. */
  count?: TokenCount;
  /** For `finish` and `count`: the value that the vendor wrote. It is kept if the answer went on after it and ended in another way. */
  otherwise?: string | number;
}

/**
 * One message of a vendor, an event of a stream or a whole body, without what the neutral events say about it: text, reasoning, tool calls and media are
 * replaced by slots. A gateway uses it to answer a client of the same protocol without a loss.
 */
export interface VendorFields {
  fields: JsonObject;
  slots: readonly ContentSlot[];
  /** The vendor's own JSON text of `fields`, where it is known. */
  spelled?: SpelledFields;
  /** Later messages of the answer repeat earlier content, which must be kept for them. */
  repeats?: boolean;
  /** The message is a whole body, not an event of a stream. */
  whole?: boolean;
}

/** The vendor's JSON text of fields with one slot. The JSON string at the slot stands between `before` and `after`. Valid for these `fields` and `slots` only. */
export interface SpelledFields {
  fields: JsonObject;
  slots: readonly ContentSlot[];
  before: string;
  after: string;
}

/** The JSON text of a message that differs from earlier ones of its answer in some strings and integers alone. Valid until the next message is parsed. */
export interface SimilarText {
  readonly text: string;
  /** The paths of what differs, in the order of the text. The same list for all messages that differ in the same places from each other. */
  readonly paths: readonly (readonly (string | number)[])[];
  readonly values: readonly (string | number)[];
  /** Where the characters of each value begin and end in the text, without quotation marks. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Separates the vendor's messages of one answer, in order. */
export interface VendorFieldsReader {
  /** @param similar The text of the message, where it is known to be like earlier ones */
  read(message: JsonObject, similar?: SimilarText): VendorFields;
  /** As `read`, for a message that is like one that was read. Undefined where that is not enough to separate it. */
  readSimilar?(similar: SimilarText): VendorFields | undefined;
}

/** Separates vendors' messages. `@lumiverse/protocols/vendor-fields` has one for the four protocols. */
export interface VendorFieldsSource {
  /** A reader for one answer. `dialect`: what the protocol knows of the host. Undefined for a protocol that it does not know. */
  open(protocol: string, dialect?: unknown): VendorFieldsReader | undefined;
  /** The vendor's body of a failure, with a slot for the message that the error carries. */
  failure(json: unknown, message: string): VendorFields | undefined;
}
