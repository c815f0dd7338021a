import { isObject } from "@lumiverse/core/provider";

/** An answer without the envelope that some gateways put it into. `field` is the one that an answer has. */
export function unwrapped(json: unknown, field: string): unknown {
  if (isObject(json) && json[field] === undefined)
    for (const name of ["data", "response", "result"]) {
      const inner = json[name];
      if (isObject(inner) && inner[field] !== undefined) return inner;
    }
  return json;
}
