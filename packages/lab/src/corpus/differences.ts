/** Where two JSON values differ, as field paths without positions in lists. */
import { isObject } from "@lumiverse/core/provider";

export interface Difference {
  /** Such as `messages[].content[].text`. */
  path: string;
  expected: unknown;
  found: unknown;
}

export function differencesOf(expected: unknown, found: unknown, path: string = ""): Difference[] {
  if (Object.is(expected, found)) return [];
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return [{ path: `${path}.length`, expected: expected.length, found: found.length }];
    return expected.flatMap((item: unknown, i) => differencesOf(item, found[i], `${path}[]`));
  }
  if (isObject(expected) && isObject(found))
    return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((key) =>
      differencesOf(expected[key], found[key], path === "" ? key : `${path}.${key}`),
    );
  return [{ path, expected, found }];
}
