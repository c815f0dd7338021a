/** Levels of a request that are searched. */
const DEEPEST = 200;

/** The path of the first value of a request that JSON has no form for: a bigint, an object that contains itself, a field that throws. Undefined when there is none. */
export function unwritablePath(request: object): string | undefined {
  return search(request, "", new Set());
}

function search(value: unknown, path: string, open: Set<object>): string | undefined {
  if (typeof value === "bigint") return path;
  if (typeof value !== "object" || value === null || value instanceof AbortSignal) return undefined;
  if (open.has(value) || open.size > DEEPEST) return path;
  open.add(value);
  let at = path;
  try {
    for (const key of Object.keys(value)) {
      at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      const found = search((value as Record<string, unknown>)[key], at, open);
      if (found !== undefined) return found;
    }
  } catch {
    return at; // a getter or a proxy
  }
  open.delete(value);
  return undefined;
}
