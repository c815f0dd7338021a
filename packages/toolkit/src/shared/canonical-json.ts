import { isObject } from "@lumiverse/core/provider";

/** JSON with sorted keys, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (!isObject(inner)) return inner;
    const sorted = Object.keys(inner)
      .sort()
      .map((key) => [key, inner[key]] as const);
    return Object.fromEntries(sorted);
  });
}
