/** Levels of a request that are searched. */
const DEEPEST = 200;

/** The path of the first value of a request that JSON has no form for: a bigint, or an object that contains itself. Undefined when there is none. */
export function unwritablePath(request: object): string | undefined {
  return search(request, "", new Set());
}

function search(value: unknown, path: string, open: Set<object>): string | undefined {
  if (typeof value === "bigint") return path;
  if (typeof value !== "object" || value === null || value instanceof AbortSignal) return undefined;
  if (open.has(value) || open.size > DEEPEST) return path;
  open.add(value);
  for (const [key, inner] of Object.entries(value)) {
    const found = search(inner, Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`, open);
    if (found !== undefined) return found;
  }
  open.delete(value);
  return undefined;
}
