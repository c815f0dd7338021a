/** The JSON Schema of a provider's settings as a flat list of form fields. */
import { definedFields, isObject, type JsonSchema } from "../chat/json.ts";
import type { SettingField, SettingItems, SettingKind } from "../contract/settings.ts";

/** What a form shows of a setting. On an object, `section` applies to all settings inside it. */
export interface SettingAnnotations {
  /** Default: the path. */
  title?: string;
  /** One or two sentences below the field. */
  help?: string;
  section?: string;
  /** Position in the form, lowest first. Fields without one come last, in the order of the schema. */
  order?: number;
  /** The value is hidden on screen and in logs. */
  secret?: boolean;
  /** The field is shown only while the setting at `path` has this value. */
  condition?: { path: string; equals: unknown };
  /** Titles of the choices, by value. */
  choices?: Readonly<Record<string, string>>;
}

/** Annotations as JSON Schema keywords. What JSON Schema has no keyword for is under `x-lumiverse`. */
export type SettingKeywords = {
  title?: string;
  description?: string;
  "x-lumiverse"?: Omit<SettingAnnotations, "title" | "help">;
};

/** Writes annotations as JSON Schema keywords: `{ type: "boolean", ...annotations({ title: "…" }) }`, or as metadata of a schema library. */
export function annotations({ title, help, ...form }: SettingAnnotations): SettingKeywords {
  return {
    ...definedFields({ title, description: help }),
    ...(Object.keys(form).length === 0 ? {} : { "x-lumiverse": form }),
  };
}

/** Turns the JSON Schema of settings into a flat list: one field for each setting, sorted by `order`. An object with `properties` is not a field itself: its properties are. */
export function fieldsOf(schema: JsonSchema): SettingField[] {
  const fields: SettingField[] = [];
  collect(schema, "", undefined, fields);
  return fields.sort((a, b) => a.order - b.order);
}

function collect(given: unknown, path: string, inherited: string | undefined, into: SettingField[]): void {
  const schema = nonNull(given);
  // Only `annotations` writes this key; an author who writes it by hand has its type for that.
  const form = (schema["x-lumiverse"] ?? {}) as NonNullable<SettingKeywords["x-lumiverse"]>;
  const section = form.section ?? inherited;
  if (isObject(schema["properties"]) || path === "") {
    for (const [key, child] of Object.entries(schema["properties"] ?? {}))
      collect(child, path === "" ? key : `${path}.${key}`, section, into);
    return;
  }
  into.push({
    path,
    ...kindOf(schema),
    title: typeof schema["title"] === "string" ? schema["title"] : path,
    order: form.order ?? 1000,
    ...(typeof schema["description"] === "string" ? { help: schema["description"] } : {}),
    ...definedFields({ section, secret: form.secret, default: schema["default"], condition: form.condition }),
  });
}

function kindOf(schema: JsonSchema): SettingKind {
  const choices = choicesOf(schema);
  if (choices !== undefined) return { type: "choice", choices: choices.map(({ value, title }) => ({ value: String(value), title })) };
  switch (schema["type"]) {
    case "boolean":
      return { type: "boolean" };
    case "string":
      return { type: "string" };
    case "integer":
    case "number": {
      const { min, max } = rangeOf(schema);
      return {
        type: "number",
        ...definedFields({ min, max }),
        ...(schema["type"] === "integer" ? { integer: true } : {}),
      };
    }
    case "array":
      return { type: "list", ...itemsOf(schema["items"]) };
    case "object":
      return { type: "record", ...itemsOf(schema["additionalProperties"]) };
    default:
      return { type: "json" };
  }
}

function itemsOf(given: unknown): { items?: SettingItems } {
  if (!isObject(given)) return {};
  const schema = nonNull(given);
  return { items: isObject(schema["properties"]) ? { type: "object", fields: fieldsOf(schema) } : kindOf(schema) };
}

/** The closed list of values that a schema allows: `enum`, `const`, or `oneOf` with a `const` and a `title` each. */
export function choicesOf(schema: JsonSchema): { value: unknown; title: string }[] | undefined {
  const titles = (schema["x-lumiverse"] as SettingKeywords["x-lumiverse"])?.choices; // see `collect`
  const options = Array.isArray(schema["enum"])
    ? schema["enum"].map((value: unknown) => ({ const: value }))
    : schema["const"] !== undefined
      ? [{ const: schema["const"] }]
      : (schema["oneOf"] ?? schema["anyOf"]);
  if (!Array.isArray(options) || options.length === 0) return undefined;
  const choices = options.map((option: unknown) => {
    if (!isObject(option) || option["const"] === undefined) return undefined;
    const value = option["const"];
    const title = titles?.[String(value)] ?? (typeof option["title"] === "string" ? option["title"] : String(value));
    return { value, title };
  });
  return choices.every((choice) => choice !== undefined) ? choices : undefined;
}

/** The lowest and highest number that a schema allows. Libraries write the limits of safe integers where an author wrote none: those are left out. */
export function rangeOf(schema: JsonSchema): { min?: number; max?: number } {
  const min = schema["minimum"] ?? schema["exclusiveMinimum"];
  const max = schema["maximum"] ?? schema["exclusiveMaximum"];
  return { ...(isLimit(min) ? { min } : {}), ...(isLimit(max) ? { max } : {}) };
}
const isLimit = (value: unknown): value is number => typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** The schema without its `null` branch, because an empty field has no value. */
export function nonNull(given: unknown): JsonSchema {
  const schema = isObject(given) ? given : {};
  const { type, anyOf, ...others } = schema;
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== "null");
    return types.length === 1 ? { ...schema, type: types[0] } : schema;
  }
  if (!Array.isArray(anyOf)) return schema;
  const variants = anyOf.filter((one) => !isObject(one) || one["type"] !== "null");
  return variants.length === 1 && isObject(variants[0]) ? { ...variants[0], ...others } : schema;
}
