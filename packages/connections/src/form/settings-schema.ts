/** A provider's settings schema as form libraries draw it: titles of choices, unset booleans, and conditions in JSON Schema's own words. */
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

/** Properties with a condition on a neighbour move into `if` and `then`. A condition on something farther away is left to the plain list of fields. */
function drawObject(schema: JsonSchema, path: string, parentSection?: string): DrawnSchema {
  const { properties, additionalProperties, "x-lumiverse": form, $schema: _, ...others } = schema;
  const section = isSchema(form) && typeof form["section"] === "string" ? form["section"] : undefined;
  const always: JsonObject = {};
  const conditional = new Map<string, { condition: Condition; properties: JsonObject }>();
  const uiSchema: JsonObject = {};
  const entries = Object.entries(isSchema(properties) ? properties : {}).filter((entry): entry is [string, JsonSchema] =>
    isSchema(entry[1]),
  );
  const order = entries.sort((a, b) => orderOf(a[1]) - orderOf(b[1])).map(([name]) => name);
  for (const [name, property] of entries) {
    const drawn = draw(property, path === "" ? name : `${path}.${name}`, section ?? parentSection);
    if (Object.keys(drawn.uiSchema).length > 0) uiSchema[name] = drawn.uiSchema;
    const condition = isSchema(property["properties"]) ? undefined : settingOf(property)?.condition;
    const neighbour = condition === undefined ? undefined : neighbourOf(condition.path, path);
    if (condition === undefined || neighbour === undefined || !order.includes(neighbour)) {
      always[name] = drawn.schema;
      continue;
    }
    const key = JSON.stringify(condition);
    const group = conditional.get(key) ?? { condition: { path: neighbour, equals: condition.equals }, properties: {} };
    group.properties[name] = drawn.schema;
    conditional.set(key, group);
  }
  const allOf = [...conditional.values()].map(({ condition, properties: then }) => ({
    if: {
      properties: { [condition.path]: { const: condition.equals } },
      // An absent value counts as its default, and an unset switch counts as off.
      ...(absentEquals(always[condition.path], condition.equals) ? {} : { required: [condition.path] }),
    },
    then: { properties: then },
  }));
  return {
    schema: {
      // A group inside of a section is not called like the section.
      title: section === undefined || section === parentSection ? readable(path.split(".").at(-1) ?? "") : section,
      ...others,
      type: "object",
      properties: always,
      ...(allOf.length === 0 ? {} : { allOf }),
      // A value stays in a form's data when its field disappears, and must not make the form invalid. `parse` refuses unknown names.
      ...(additionalProperties === undefined || additionalProperties === false ? {} : { additionalProperties }),
      // Everything is optional: an object that is not there is like an empty one.
      required: [],
    },
    uiSchema: { ...uiSchema, ...(order.length === 0 ? {} : { "ui:order": [...order, "*"] }) },
  };
}

function absentEquals(schema: unknown, equals: unknown): boolean {
  if (!isSchema(schema)) return false;
  return schema["default"] === undefined ? equals === false && schema["type"] === "boolean" : schema["default"] === equals;
}

/** The name of the property that a condition looks at, when it lies in the same object. */
function neighbourOf(conditionPath: string, objectPath: string): string | undefined {
  const parts = conditionPath.split(".");
  const name = parts.pop();
  return parts.join(".") === objectPath ? name : undefined;
}

function orderOf(schema: JsonSchema): number {
  const orders = fieldsOf({ type: "object", properties: { field: schema } }).map(({ order }) => order);
  return Math.min(...orders, 1000);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
