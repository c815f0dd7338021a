/** `$ref`: kept, with the definition moved to `$defs`, or replaced by what it points at. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { mergeAllOf } from "../all-of.ts";
import { type Compilation, cutOff } from "../compilation.ts";
import { omit, resolve } from "../pointers.ts";
import { annotations } from "../targets.ts";

export function reference(compilation: Compilation, source: JsonObject, at: string, depth: number): JsonObject {
  const ref = String(source["$ref"]);
  const found = resolve(compilation.root, ref);
  if (found === undefined) return cutOff(compilation, at, "$ref", `${JSON.stringify(ref.slice(0, 200))} points to nothing in this schema.`);
  const siblings = omit(source, "$ref", "$defs", "definitions", "$schema", "$id");
  // The root must be a schema, not a reference.
  if (compilation.rules.refs === "keep" && at !== "#" && Object.keys(siblings).length === 0) {
    return { $ref: `#/$defs/${definitionName(compilation, found)}` };
  }
  if (compilation.open.has(found.schema)) {
    if (compilation.rules.refs === "inline" || at === "#") return compilation.visit(found.schema, at, depth);
    // The keywords next to a reference into its own parents cannot be merged, so only the reference is kept.
    for (const key of Object.keys(siblings))
      if (!annotations.has(key)) compilation.addLoss(at, key, "The host does not accept this keyword next to a recursive $ref.");
    return reference(compilation, { $ref: ref }, at, depth);
  }
  if (Object.keys(siblings).length === 0 || !isObject(found.schema)) return compilation.visit(found.schema, found.at, depth);
  compilation.open.add(found.schema);
  const out = compilation.visit(
    mergeAllOf(
      compilation,
      { base: { ...omit(found.schema), ...onlyAnnotations(siblings) }, members: [omit(siblings, ...annotations)] },
      at,
    ),
    found.at,
    depth,
  );
  compilation.open.delete(found.schema);
  return out;
}

/** The name of a definition that is compiled after the root. */
function definitionName({ names, queue }: Compilation, { schema, at }: { schema: unknown; at: string }): string {
  const known = names.get(at);
  if (known !== undefined) return known;
  const base = at === "#" ? "root" : (at.split("/").pop() ?? "schema").replace(/[^A-Za-z0-9_.-]/g, "_");
  let name = base;
  for (let n = 2; [...names.values()].includes(name); n++) name = `${base}_${n}`;
  names.set(at, name);
  queue.push({ name, source: schema, at });
  return name;
}

function onlyAnnotations(schema: JsonObject): JsonObject {
  return omit(schema, ...Object.keys(schema).filter((key) => !annotations.has(key)));
}
