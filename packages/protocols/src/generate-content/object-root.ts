import { isObject, type JsonObject, type JsonSchema, type Note } from "@lumiverse/core/provider";
import type { SchemaCompiler } from "../schema/index.ts";

/** Keywords that restrict nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "$schema", "$id", "$comment", "additionalProperties"]);

/**
 * A tool schema whose root is an object, as the vendor requires ("schema should be of type OBJECT"). A choice at the root becomes the properties of all its
 * branches, and its words go into the description; a reference at the root is replaced by what it points at. Undefined for a schema that restricts nothing: such a tool is sent without parameters.
 */
export function objectRoot(schema: JsonSchema, field: string, notes: Note[], compiler: SchemaCompiler): JsonSchema | undefined {
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) return undefined;
  if (typeof schema["$ref"] === "string") {
    const { schema: resolved, losses } = compiler.accept(schema, "gemini", "tool");
    // A definition in the place of its reference changes nothing.
    for (const loss of losses)
      if (loss.keyword !== "$ref") notes.push({ kind: "schema", field: `${field}${loss.pointer}`, message: loss.message });
    return resolved;
  }
  const { anyOf, oneOf, ...rest } = schema;
  const types: unknown = rest["type"];
  const root: JsonObject = Array.isArray(types) && types.includes("object") ? { ...rest, type: "object" } : rest;
  if (anyOf === undefined && oneOf === undefined) return root;
  const choice = { ...(anyOf === undefined ? {} : { anyOf }), ...(oneOf === undefined ? {} : { oneOf }) };
  const properties: JsonObject = {};
  for (const branch of [...listed(anyOf), ...listed(oneOf), root])
    if (isObject(branch["properties"])) for (const [name, value] of Object.entries(branch["properties"])) properties[name] = value;
  notes.push({
    kind: "schema",
    field,
    message:
      "The vendor accepts no choice at the root of a tool's parameters. Its branches were joined, and the description contains the choice.",
  });
  const description = typeof root["description"] === "string" ? `${root["description"]} ` : "";
  return { ...root, type: "object", properties, description: `${description}Must match: ${JSON.stringify(choice)}` };
}

function listed(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
