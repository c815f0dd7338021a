import type { JsonObject, JsonSchema, Provider } from "@lumiverse/core";
import type { FormField } from "./field.ts";
import { type DrawnSchema, drawSettings, SWITCH } from "./settings-schema.ts";

/** The whole form as JSON Schema and uiSchema: the base fields, the provider's settings, and the reasoning binding. */
export function drawForm(provider: Provider, fields: readonly FormField[], settings: JsonSchema | undefined): DrawnSchema {
  const base = fields.filter(({ path, kind }) => !path.includes(".") && kind !== "sign-in");
  const top = drawFields(base);
  const reasoning = drawFields(
    fields.filter(({ path }) => path.startsWith("reasoning.")),
    "reasoning",
  );
  const drawn = settings === undefined ? undefined : drawSettings(settings);
  const canSignIn = fields.some(({ kind }) => kind === "sign-in");
  const { properties, required, allOf } = top.schema;
  return {
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      title: `${provider.name} connection`,
      properties: {
        ...(properties as JsonObject), // written by `drawFields`
        ...(drawn === undefined ? {} : { settings: { title: "Settings", ...drawn.schema } }),
        reasoning: { title: "Reasoning", ...reasoning.schema },
      },
      required,
      ...(allOf === undefined ? {} : { allOf }),
    },
    uiSchema: {
      ...top.uiSchema,
      // Every provider with a sign-in has a field for the key.
      ...(canSignIn ? { key: { ...(top.uiSchema["key"] as JsonObject), "ui:options": { signIn: provider.id } } } : {}),
      ...(drawn === undefined ? {} : { settings: drawn.uiSchema }),
      reasoning: reasoning.uiSchema,
      "ui:order": ["name", "auth", "key", "baseURL", "model", "settings", "reasoning", "*"],
    },
  };
}

function drawFields(fields: readonly FormField[], parent?: string): DrawnSchema {
  const nameOf = (path: string): string => (parent === undefined ? path : path.slice(parent.length + 1));
  const properties: JsonObject = {};
  const uiSchema: JsonObject = {};
  const allOf: JsonObject[] = [];
  for (const field of fields) {
    const name = nameOf(field.path);
    const ui = uiOf(field);
    if (Object.keys(ui).length > 0) uiSchema[name] = ui;
    if (field.condition === undefined) {
      properties[name] = schemaOf(field);
      continue;
    }
    const other = fields.find(({ path }) => path === field.condition?.path);
    const at = nameOf(field.condition.path);
    allOf.push({
      if: {
        properties: { [at]: { const: field.condition.equals } },
        ...(other?.default === field.condition.equals ? {} : { required: [at] }),
      },
      then: { properties: { [name]: schemaOf(field) } },
    });
  }
  return {
    schema: {
      type: "object",
      properties,
      required: fields.filter(({ required }) => required).map(({ path }) => nameOf(path)),
      ...(allOf.length === 0 ? {} : { allOf }),
    },
    uiSchema: parent === undefined ? uiSchema : { ...uiSchema, "ui:order": [...fields.map(({ path }) => nameOf(path)), "*"] },
  };
}

function schemaOf({ kind, title, help, choices, min, max, integer, default: value, writeOnly }: FormField): JsonSchema {
  const shown = {
    title,
    ...(help === undefined ? {} : { description: help }),
    ...(value === undefined ? {} : { default: value }),
    ...(writeOnly === true ? { writeOnly } : {}),
  };
  if (kind === "tri-state") return { type: "boolean", ...shown, ...SWITCH.schema };
  if (kind === "number")
    return {
      type: integer === true ? "integer" : "number",
      ...shown,
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    };
  return { type: "string", ...shown, ...(choices === undefined ? {} : { enum: choices.map((choice) => choice.value) }) };
}

function uiOf({ kind, placeholder, choices, default: value }: FormField): JsonObject {
  const hint = placeholder === undefined ? {} : { "ui:placeholder": placeholder };
  switch (kind) {
    case "secret":
      return { "ui:widget": "password", "ui:autocomplete": "off" };
    case "secret-text":
      return { "ui:widget": "textarea", "ui:autocomplete": "off" };
    case "choice":
    case "tri-state":
      return {
        "ui:widget": "select",
        ...(kind === "tri-state" ? SWITCH.uiSchema : { "ui:enumNames": (choices ?? []).map(({ title }) => title) }),
        ...(value === undefined ? { "ui:placeholder": "Not set" } : {}),
      };
    default:
      return hint;
  }
}
