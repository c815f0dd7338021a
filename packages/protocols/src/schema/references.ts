/** `$ref` kept, hoisted or written out, and `allOf` joined. */
import { isObject, type JsonObject } from "@lumiverse/core";
import { mergeInto } from "./merge.ts";
import { less, resolve, step } from "./pointers.ts";
import { annotations } from "./tables.ts";
import { cut, type Walk } from "./walk.ts";

export function reference(walk: Walk, source: JsonObject, ref: string, at: string, depth: number): JsonObject {
  const found = resolve(walk.root, ref);
  if (found === undefined) return cut(walk, at, "$ref", `${JSON.stringify(ref.slice(0, 200))} points nowhere in this schema`);
  const beside = less(source, "$ref", "$defs", "definitions", "$schema", "$id");
  // The root itself must be a schema and no reference.
  if (walk.table.refs === "keep" && at !== "#" && Object.keys(beside).length === 0) {
    let name = walk.names.get(found.at);
    if (name === undefined) {
      const wanted = found.at === "#" ? "root" : (found.at.split("/").pop() ?? "schema").replace(/[^A-Za-z0-9_.-]/g, "_");
      name = wanted;
      for (let n = 2; [...walk.names.values()].includes(name); n++) name = `${wanted}_${n}`;
      walk.names.set(found.at, name);
      walk.queue.push({ name, source: found.schema, at: found.at });
    }
    return { $ref: `#/$defs/${name}` };
  }
  if (walk.open.has(found.schema)) {
    if (walk.table.refs === "inline" || at === "#") return walk.visit(found.schema, at, depth);
    // What stands beside a reference into its own parents can't be merged; the reference alone can stay.
    for (const key of Object.keys(beside)) if (!annotations.has(key)) walk.lose(at, key, "not taken beside a recursive $ref");
    return reference(walk, { $ref: ref }, ref, at, depth);
  }
  if (Object.keys(beside).length === 0 || !isObject(found.schema)) return walk.visit(found.schema, found.at, depth);
  walk.open.add(found.schema);
  const out = walk.visit(
    merge(walk, { ...copy(found.schema), ...annotationsOf(beside) }, [less(beside, ...annotations)], at),
    found.at,
    depth,
  );
  walk.open.delete(found.schema);
  return out;
}

const copy = (schema: JsonObject): JsonObject => less(schema);
const annotationsOf = (schema: JsonObject): JsonObject => less(schema, ...Object.keys(schema).filter((key) => !annotations.has(key)));

/** `through`: definitions on the way here, so that a member that leads back to one is left out instead of followed for ever. */
export function merge(
  walk: Walk,
  base: JsonObject,
  members: readonly unknown[],
  at: string,
  through: ReadonlySet<unknown> = new Set(),
): JsonObject {
  const out = copy(base);
  for (let n = 0; n < members.length; n++) {
    const from = step(at, "allOf", n);
    const member = written(walk, members[n], from, through);
    if (member === true) continue;
    if (!isObject(member) || "$ref" in member) walk.lose(from, "allOf", "this member can't be joined with the others and was left out");
    else
      for (const keyword of mergeInto(out, member))
        walk.lose(from, keyword, "the members of allOf contradict or can't be joined here: the first one's word stands");
  }
  return out;
}

/** A member with its references and its own allOf written out. */
function written(walk: Walk, member: unknown, at: string, through: ReadonlySet<unknown>): unknown {
  if (!isObject(member)) return member;
  if (typeof member["$ref"] === "string") {
    const target = resolve(walk.root, member["$ref"])?.schema;
    if (target === undefined || walk.open.has(target) || through.has(target)) return member;
    const further = new Set([...through, target]);
    const beside = less(member, "$ref");
    const there = written(walk, target, at, further);
    return Object.keys(beside).length === 0 || !isObject(there) ? there : merge(walk, there, [beside], at, further);
  }
  return Array.isArray(member["allOf"]) ? merge(walk, less(member, "allOf"), member["allOf"], at, through) : member;
}
