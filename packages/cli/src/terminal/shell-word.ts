/** Names without characters that a shell could take for a command, a variable or the end of a quotation. */
const PLAIN = /^[\p{L}\p{N} ._@:,+()/-]+$/u;

/** True for a name that a shell does not change between double quotes. A name can come from somebody else's file. */
export function isShellSafe(name: string): boolean {
  return PLAIN.test(name);
}

/** A name in quotes, for a command that a person copies. */
export function shellWord(name: string): string {
  return isShellSafe(name) ? `"${name}"` : `'${name.replaceAll("'", "'\\''")}'`;
}
