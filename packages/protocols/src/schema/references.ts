/** `$ref`: kept, with the definition moved to `$defs`, or replaced by what it points at. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { mergeAllOf } from "./all-of.ts";
import { type Compilation, cutOff } from "./compilation.ts";
import { omit, resolve } from "./pointers.ts";
import { annotations } from "./targets.ts";

export function reference(compilation: Compilation, source: JsonObject, ref: string, at: string, depth: number): JsonObject {
  const found = resolve(compilation.root, ref);
  if (found === undefined) return cutOff(compilation, at, "$ref", `${JSON.stringify(ref.slice(0, 200))} points to nothing in this schema.`);
  const siblings = omit(source, "$ref", "$defs", "definitions", "$schema", "$id");
  // The root must be a schema, not a reference.
  if (compilation.rules.refs === "keep" && at !== "#" && Object.keys(siblings).length === 0) {
    let name = compilation.names.get(found.at);
    if (name === undefined) {
      const base = found.at === "#" ? "root" : (found.at.split("/").pop() ?? "schema").replace(/[^A-Za-z0-9_.-]/g, "_");
      name = base;
      for (let n = 2; [...compilation.names.values()].includes(name); n++) name = `${base}_${n}`;
      compilation.names.set(found.at, name);
      compilation.queue.push({ name, source: found.schema, at: found.at });
    }
    return { $ref: `#/$defs/${name}` };
  }
  if (compilation.open.has(found.schema)) {
    if (compilation.rules.refs === "inline" || at === "#") return compilation.visit(found.schema, at, depth);
    // The keywords next to a reference into its own parents cannot be merged, so only the reference is kept.
    for (const key of Object.keys(siblings))
      if (!annotations.has(key)) compilation.addLoss(at, key, "The host does not accept this keyword next to a recursive $ref.");
    return reference(compilation, { $ref: ref }, ref, at, depth);
  }
  if (Object.keys(siblings).length === 0 || !isObject(found.schema)) return compilation.visit(found.schema, found.at, depth);
  compilation.open.add(found.schema);
  const out = compilation.visit(
    mergeAllOf(compilation, { ...omit(found.schema), ...onlyAnnotations(siblings) }, [omit(siblings, ...annotations)], at),
    found.at,
    depth,
  );
  compilation.open.delete(found.schema);
  return out;
}

function onlyAnnotations(schema: JsonObject): JsonObject {
  return omit(schema, ...Object.keys(schema).filter((key) => !annotations.has(key)));
}
