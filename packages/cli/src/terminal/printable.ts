/**
 * Removes control, bidirectional and zero-width characters, so that no escape sequence and no invisible text of a model or a host reaches the terminal. Tabs and line
 * breaks stay. Joiners stay only where emoji and scripts need them.
 */
export function printable(text: string): string {
  return text.replace(REMOVED, "").replace(JOINERS, (_, emoji: string | undefined, letter: string | undefined) => emoji ?? letter ?? "");
}

/** Like `printable`, on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** JSON for stdout. The characters that `printable` removes are escaped, so nothing is lost. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/**
 * C0 and C1 controls, soft hyphen, bidirectional marks and embeddings, zero-width spaces, word joiners, the byte order mark, line and paragraph separators,
 * annotation marks, and tag characters.
 */
const REMOVED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** A joiner between two emoji, or between two letters of a script that is written with joiners, is the kept group. */
const JOINERS =
  /(?<=\p{Extended_Pictographic}|\ufe0f|[\u{1f3fb}-\u{1f3ff}])(\u200d)(?=\p{Extended_Pictographic})|(?<=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Telugu}])([\u200c\u200d])(?=[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Telugu}])|[\u200c\u200d]/gu;

/** JSON escapes C0 controls itself. */
const HIDDEN =
  /[\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
