/** Names in which no shell finds a command, a variable or the end of a quotation. */
const PLAIN = /^[\p{L}\p{N} ._@:,+()/-]+$/u;

/** True for a name that a shell takes as it is between double quotes. A name can come from somebody else's file. */
export function isShellSafe(name: string): boolean {
  return PLAIN.test(name);
}

/** A name in quotes, for a command that a person copies. */
export function shellWord(name: string): string {
  return isShellSafe(name) ? `"${name}"` : `'${name.replaceAll("'", "'\\''")}'`;
}
