/** A provider's settings schema as form libraries draw it: with titles of choices, booleans that can be unset, and conditions as `if` and `then`. */
import type { JsonObject, JsonSchema, SettingField } from "@lumiverse/core";
import { fieldsOf } from "@lumiverse/core/settings";
import { readable, titled } from "./field.ts";

export interface DrawnSchema {
  schema: JsonSchema;
  uiSchema: JsonObject;
}

type Condition = NonNullable<SettingField["condition"]>;

/** @param schema JSON Schema 2020-12 of the settings, with `x-lumiverse` annotations */
export function drawSettings(schema: JsonSchema): DrawnSchema {
  return drawObject(schema, "");
}

function draw(schema: JsonSchema, path: string, section?: string): DrawnSchema {
  if (isSchema(schema["properties"])) return drawObject(schema, path, section);
  const { "x-lumiverse": form, enum: _, ...others } = schema;
  const shown: JsonSchema = {
    ...others,
    title: typeof schema["title"] === "string" ? schema["title"] : readable(path.split(".").at(-1) ?? path),
  };
  const isSecret = isSchema(form) && form["secret"] === true;
  const isUnset = schema["default"] === undefined;
  const select = { "ui:widget": "select", ...(isUnset ? { "ui:placeholder": "Not set" } : {}) };
  const choices = choicesOf(schema);
  if (choices !== undefined) return { schema: { ...shown, enum: choices.values }, uiSchema: { ...select, "ui:enumNames": choices.titles } };
  if (schema["type"] === "boolean" && isUnset)
    return { schema: { ...shown, ...SWITCH.schema }, uiSchema: { ...select, ...SWITCH.uiSchema } };
  if (schema["type"] === "array" && isSchema(schema["items"])) {
    const closed = choicesOf(schema["items"]);
    const items = draw(schema["items"], "");
    const { title: __, ...item } = items.schema;
    return {
      schema: { ...shown, items: item, ...(closed === undefined ? {} : { uniqueItems: true }) },
      uiSchema: closed === undefined ? { items: items.uiSchema } : { "ui:widget": "checkboxes", "ui:enumNames": closed.titles },
    };
  }
  const secret = isSecret ? { writeOnly: true } : {};
  return { schema: { ...shown, ...secret }, uiSchema: isSecret && schema["type"] === "string" ? { "ui:widget": "password" } : {} };
}

/**
 * A switch that can be unset, as a list of two. Titles are in `ui:enumNames`, because form libraries choose the first of a `oneOf` by themselves, and an
 * unset field must stay unset.
 */
export const SWITCH: DrawnSchema = { schema: { enum: [true, false] }, uiSchema: { "ui:enumNames": ["On", "Off"] } };

/** The closed list of a schema with a title for each value. */
function choicesOf(schema: JsonSchema): { values: unknown[]; titles: string[] } | undefined {
  const choices = settingOf(schema)?.choices;
  if (choices === undefined) return undefined;
  const { enum: values, oneOf, anyOf, const: only } = schema;
  const options: unknown[] = [oneOf, anyOf].find((list) => Array.isArray(list)) ?? [];
  const listed: unknown[] = Array.isArray(values) ? values : options.map((option) => (isSchema(option) ? option["const"] : undefined));
  return { values: listed.length > 0 ? listed : [only], titles: choices.map((choice) => titled(choice).title) };
}

/** A schema as core reads it for a form. */
function settingOf(schema: JsonSchema): SettingField | undefined {
  return fieldsOf({ type: "object", properties: { field: schema } })[0];
}

/** One property of an object, drawn. */
interface DrawnProperty extends DrawnSchema {
  name: string;
  /** On another property of the same object. A condition on one farther away is left to the plain list of fields. */
  condition?: Condition;
}

/** Properties with a condition on a neighbour move into `if` and `then`. */
function drawObject(schema: JsonSchema, path: string, parentSection?: string): DrawnSchema {
  const { properties, additionalProperties, "x-lumiverse": form, $schema: _, ...others } = schema;
  const section = isSchema(form) && typeof form["section"] === "string" ? form["section"] : undefined;
  const entries = Object.entries(isSchema(properties) ? properties : {})
    .filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
    .sort((a, b) => orderOf(a[1]) - orderOf(b[1]));
  const order = entries.map(([name]) => name);
  const drawn = entries.map(([name, property]): DrawnProperty => {
    const condition = isSchema(property["properties"]) ? undefined : neighbourCondition(settingOf(property)?.condition, path, order);
    const shown = draw(property, path === "" ? name : `${path}.${name}`, section ?? parentSection);
    return { name, ...shown, ...(condition === undefined ? {} : { condition }) };
  });
  const always: JsonObject = {};
  const uiSchema: JsonObject = {};
  for (const one of drawn) {
    if (one.condition === undefined) always[one.name] = one.schema;
    if (Object.keys(one.uiSchema).length > 0) uiSchema[one.name] = one.uiSchema;
  }
  const allOf = conditionals(drawn, always);
  return {
    schema: {
      // A group inside a section does not repeat the section's title.
      title: section === undefined || section === parentSection ? readable(path.split(".").at(-1) ?? "") : section,
      ...others,
      type: "object",
      properties: always,
      ...(allOf.length === 0 ? {} : { allOf }),
      // A value stays in a form's data when its field disappears, and must not make the form invalid. `parse` refuses unknown names.
      ...(additionalProperties === undefined || additionalProperties === false ? {} : { additionalProperties }),
      // Everything is optional: a missing object is like an empty one.
      required: [],
    },
    uiSchema: { ...uiSchema, ...(order.length === 0 ? {} : { "ui:order": [...order, "*"] }) },
  };
}

/** One `if` and `then` for each condition, with all properties that have it. */
function conditionals(drawn: readonly DrawnProperty[], always: JsonObject): JsonObject[] {
  const groups = new Map<string, { condition: Condition; properties: JsonObject }>();
  for (const { name, schema, condition } of drawn) {
    if (condition === undefined) continue;
    const key = JSON.stringify(condition);
    const group = groups.get(key) ?? { condition, properties: {} };
    group.properties[name] = schema;
    groups.set(key, group);
  }
  return [...groups.values()].map(({ condition, properties }) => ({
    if: {
      properties: { [condition.path]: { const: condition.equals } },
      // An absent value counts as its default, and an unset switch counts as off.
      ...(absentEquals(always[condition.path], condition.equals) ? {} : { required: [condition.path] }),
    },
    then: { properties },
  }));
}

function absentEquals(schema: unknown, equals: unknown): boolean {
  if (!isSchema(schema)) return false;
  return schema["default"] === undefined ? equals === false && schema["type"] === "boolean" : schema["default"] === equals;
}

/** The condition with the name of its property, when that property lies in the same object. */
function neighbourCondition(condition: Condition | undefined, objectPath: string, names: readonly string[]): Condition | undefined {
  const parts = condition?.path.split(".") ?? [];
  const name = parts.pop();
  if (condition === undefined || name === undefined || parts.join(".") !== objectPath || !names.includes(name)) return undefined;
  return { path: name, equals: condition.equals };
}

function orderOf(schema: JsonSchema): number {
  const orders = fieldsOf({ type: "object", properties: { field: schema } }).map(({ order }) => order);
  return Math.min(...orders, 1000);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
