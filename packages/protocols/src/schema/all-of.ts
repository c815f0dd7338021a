/** `allOf` as one schema: the keywords of all members together. */
import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";
import type { Compilation } from "./compilation.ts";
import { childPointer, omit, resolve, setField } from "./pointers.ts";
import { annotations } from "./targets.ts";

/** Merges `b` into `a`. Returns the keywords that cannot be joined, for which `a` keeps its value. */
function mergeInto(a: JsonObject, b: JsonObject): string[] {
  const failed: string[] = [];
  for (const key of Object.keys(b)) {
    const left = a[key];
    const right = b[key];
    if (!Object.hasOwn(a, key)) setField(a, key, right);
    else if (JSON.stringify(left) !== JSON.stringify(right)) {
      const joined = join(key, left, right);
      if (joined === undefined) failed.push(key);
      else setField(a, key, joined);
    }
  }
  return failed;
}

function join(key: string, a: unknown, b: unknown): unknown {
  if (key === "description") return `${wordOf(a)} ${wordOf(b)}`;
  if (annotations.has(key)) return a;
  if (typeof a === "number" && typeof b === "number")
    return /^(?:min|exclusiveMin)/.test(key) ? Math.max(a, b) : /^(?:max|exclusiveMax)/.test(key) ? Math.min(a, b) : undefined;
  switch (key) {
    case "required":
      return Array.isArray(a) && Array.isArray(b) ? [...new Set([...a, ...b])] : undefined;
    case "enum": {
      const both = Array.isArray(a) && Array.isArray(b) ? a.filter((value) => b.includes(value)) : [];
      return both.length > 0 ? both : undefined;
    }
    case "type": {
      const types = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
      const both = types(a).filter((type) => types(b).includes(type) || (type === "integer" && types(b).includes("number")));
      if (types(a).includes("number") && types(b).includes("integer")) both.push("integer");
      return both.length === 0 ? undefined : both.length === 1 ? both[0] : both;
    }
    case "properties": {
      if (!isObject(a) || !isObject(b)) return undefined;
      const all: JsonObject = {};
      for (const name of Object.keys(a)) setField(all, name, a[name]);
      for (const name of Object.keys(b)) setField(all, name, Object.hasOwn(all, name) ? { allOf: [all[name], b[name]] } : b[name]);
      return all;
    }
    case "additionalProperties":
    case "unevaluatedProperties":
    case "items":
      if (a === false || b === false) return false;
      return a === true ? b : b === true ? a : { allOf: [a, b] };
    default:
      return undefined;
  }
}

/** Merges the members into `base`. `through` are the definitions on the way here: a member that leads back to one is dropped, because it is endless. */
export function mergeAllOf(
  compilation: Compilation,
  { base, members }: { base: JsonObject; members: readonly unknown[] },
  at: string,
  through: ReadonlySet<unknown> = new Set(),
): JsonObject {
  const out = omit(base);
  for (let n = 0; n < members.length; n++) {
    const from = childPointer(at, "allOf", n);
    const member = expand(compilation, members[n], from, through);
    if (member === true) continue;
    if (!isObject(member) || "$ref" in member)
      compilation.addLoss(from, "allOf", "This member cannot be joined with the others and was dropped.");
    else
      for (const keyword of mergeInto(out, member))
        compilation.addLoss(from, keyword, "The members of allOf contradict each other or cannot be joined, so the first value was kept.");
  }
  return out;
}

/** Deeper members are not joined, so that recursion cannot overflow the call stack. */
const DEEPEST = 200;
/** Members that refer to others can double at every level. After this many schemas the rest is not joined. */
const MOST_NODES = 20_000;

/** A member with its references and its own `allOf` expanded. */
function expand(compilation: Compilation, member: unknown, at: string, through: ReadonlySet<unknown>): unknown {
  if (compilation.merging > DEEPEST || ++compilation.nodes > MOST_NODES) return { $ref: at };
  compilation.merging++;
  const expanded = expandOnce(compilation, member, at, through);
  compilation.merging--;
  return expanded;
}

function expandOnce(compilation: Compilation, member: unknown, at: string, through: ReadonlySet<unknown>): unknown {
  if (!isObject(member)) return member;
  if (typeof member["$ref"] === "string") {
    const target = resolve(compilation.root, member["$ref"])?.schema;
    if (target === undefined || compilation.open.has(target) || through.has(target)) return member;
    const further = new Set([...through, target]);
    const siblings = omit(member, "$ref");
    const expanded = expand(compilation, target, at, further);
    return Object.keys(siblings).length === 0 || !isObject(expanded)
      ? expanded
      : mergeAllOf(compilation, { base: expanded, members: [siblings] }, at, further);
  }
  const { allOf: members } = member;
  return Array.isArray(members) ? mergeAllOf(compilation, { base: omit(member, "allOf"), members }, at, through) : member;
}
