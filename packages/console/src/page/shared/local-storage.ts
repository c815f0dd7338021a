/** Small values that this browser keeps. A browser that refuses storage keeps nothing, and no error is thrown. */

export function readLocal(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** `undefined` removes the value. */
export function writeLocal(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // The storage is full or forbidden.
  }
}
