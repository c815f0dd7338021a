/** Holds a body against a schema. ajv decides whether it is valid. For an invalid body, the checker finds the branch of each union that was meant, so that one cause is one problem. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { Ajv } from "ajv";
import type { Limit } from "./vendor-limits.ts";
import type { VendorSchema } from "./vendor-schemas.ts";

/** One difference between a body and what the vendor accepts. */
export interface Problem {
  /** JSON path without positions and names chosen by the caller: `/messages/[]/content`. */
  path: string;
  problem: string;
}

export type BodyChecker = (body: JsonObject) => Problem[];

/** A checker for one schema and the limits that the vendor states beside it. */
export function bodyChecker(schema: VendorSchema, limits: readonly Limit[]): BodyChecker {
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  return (body) => [
    ...(isValid(body) ? [] : problemsOf(schema, schema, body, "")),
    ...limits.filter(({ isBroken }) => isBroken(body)).map(({ path, refusal }) => ({ path, problem: refusal })),
  ];
}

/** The problems of a value, by the keywords that the generator writes. */
function problemsOf(root: VendorSchema, schema: JsonObject, value: unknown, path: string): Problem[] {
  const { $ref: ref } = schema;
  if (typeof ref === "string") return problemsOf(root, definition(root, ref), value, path);
  const problems: Problem[] = [];
  const say = (problem: string): void => void problems.push({ path, problem });
  for (const part of schemasIn(schema["allOf"])) problems.push(...problemsOf(root, part, value, path));
  const branches = schemasIn(schema["anyOf"]);
  if (branches.length > 0)
    problems.push(
      ...closest(
        branches.map((branch) => problemsOf(root, branch, value, path)),
        value,
        path,
      ),
    );
  if ("const" in schema && schema["const"] !== value) say(`must be ${JSON.stringify(schema["const"])}, is ${shown(value)}`);
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(value)) say(`is ${shown(value)}, which is not a known word`);
  const types = [schema["type"] ?? []].flat();
  if (types.length > 0 && !types.some((type) => type === typeOf(value) || (type === "integer" && Number.isInteger(value)))) {
    say(`must be ${types.join(" or ")}, is ${typeOf(value)}`);
    return problems;
  }
  if (Array.isArray(value)) problems.push(...itemProblems(root, schema, value, path));
  else if (isObject(value)) problems.push(...fieldProblems(root, schema, value, path));
  return problems;
}

function itemProblems(root: VendorSchema, schema: JsonObject, items: readonly unknown[], path: string): Problem[] {
  const { items: every } = schema;
  if (!isObject(every)) return [];
  return unique(items.flatMap((item) => problemsOf(root, every, item, `${path}/[]`)));
}

function fieldProblems(root: VendorSchema, schema: JsonObject, value: JsonObject, path: string): Problem[] {
  const { properties, required, additionalProperties: others, not } = schema;
  const known = isObject(properties) ? properties : {};
  const problems: Problem[] = [];
  for (const name of Array.isArray(required) ? required : [])
    if (!Object.hasOwn(value, String(name))) problems.push({ path: `${path}/${String(name)}`, problem: "is missing" });
  for (const [name, field] of Object.entries(value)) {
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (isObject(own)) problems.push(...problemsOf(root, own, field, `${path}/${name}`));
    else if (own === undefined && others === false) problems.push({ path: `${path}/${name}`, problem: "is not a known field" });
    else if (own === undefined && isObject(others)) problems.push(...problemsOf(root, others, field, `${path}/*`));
    else if (own === false) problems.push({ path: `${path}/${name}`, problem: "is not allowed here" });
  }
  if (isObject(not) && Object.keys(not).length === 0) problems.push({ path, problem: "is not allowed here" });
  return unique(problems);
}

/** The problems of the branch that was meant: the one for this kind of value with this `type` or `role`, then the one with the fewest problems. */
function closest(branches: readonly Problem[][], value: unknown, path: string): Problem[] {
  const distances = branches.map((problems) => problems.reduce((sum, problem) => sum + distance(problem, path), 0));
  const least = Math.min(...distances);
  if (least === 0) return [];
  const tag = isObject(value) && branches.every((problems) => problems.some((problem) => isTag(problem, path))) ? "type" : undefined;
  if (tag !== undefined && isObject(value) && typeof value[tag] === "string")
    return [{ path: `${path}/${tag}`, problem: `is ${shown(value[tag])}, which is not a known word` }];
  return branches[distances.indexOf(least)] ?? [];
}

function distance(problem: Problem, path: string): number {
  if (problem.path === path && problem.problem.startsWith("must be ")) return 1_000_000;
  return isTag(problem, path) || /\/(?:type|role)$/.test(problem.path) ? 1000 : 1;
}

/** True if the problem says that the value has another `type`. */
function isTag(problem: Problem, path: string): boolean {
  return problem.path === `${path}/type` && problem.problem.includes(", ");
}

function definition(root: VendorSchema, ref: string): JsonObject {
  const name = decodeURIComponent(ref.replace("#/definitions/", ""));
  const found = root.definitions[name];
  if (found === undefined) throw new Error(`the schema has no definition "${name}"`);
  return found;
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}

function schemasIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** A scalar as JSON, anything else by its type. */
function shown(value: unknown): string {
  return typeof value === "object" ? typeOf(value) : (JSON.stringify(value) ?? "undefined").slice(0, 40);
}
