import type { Note } from "@lumiverse/core/provider";

/** Adds a note, unless the list has one with the same message. */
export function noteOnce(notes: Note[], note: Note): void {
  if (!notes.some(({ message }) => message === note.message)) notes.push(note);
}
