/** A call that is repeated without something that its host refused, recognised by a mark in its degradations. */

import type { Note } from "../chat/note.ts";
import type { Call } from "../contract/call.ts";

const REPEATED = "repeated: ";

/** The mark of a call that is repeated after the recovery with this note. */
export function repeatedMark({ field, message }: Note): string {
  return REPEATED + (field ?? message);
}

export function isRepeated({ degradations }: Pick<Call, "degradations">): boolean {
  for (const mark of degradations) if (mark.startsWith(REPEATED)) return true;
  return false;
}
