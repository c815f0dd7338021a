/** Values that the fields of a form accept. */
import type { FormField } from "@lumiverse/connections";
import type { JsonObject } from "@lumiverse/core";

/** Texts of a form that JSON Schema can only describe by a pattern. */
const SAMPLES: readonly (readonly [RegExp, string])[] = [
  [/\.app\.url$/, "https://app.example"],
  [/xSearch\.(?:from|to)Date$/, "2026-11-25"],
  [/\.(?:updated)?(?:after|before)$/i, "11/25/2026"],
  [/\.country$/, "US"],
];
/** A value that a field accepts. */
export function sample(one: FormField): unknown {
  const special = SAMPLES.find(([pattern]) => pattern.test(one.path));
  if (special !== undefined) return special[1];
  switch (one.kind) {
    case "number":
      return Math.max(one.min ?? 1, 1);
    case "boolean":
    case "tri-state":
      return true;
    case "choice":
      return one.choices?.[0]?.value;
    case "choices":
      return [one.choices?.[0]?.value];
    case "list":
      return ["one-entry"];
    case "record":
      return { "x-name": "value" };
    default:
      return "some-text";
  }
}

/** Sets the value at a dotted path. */
export function put(values: JsonObject, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = values;
  for (const key of keys) at = (at[key] ??= {}) as JsonObject; // made here
  at[last] = value;
}
