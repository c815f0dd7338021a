import type { FormField } from "@lumiverse/connections";
import type { JsonObject } from "@lumiverse/core";
import type { UiSchema } from "@rjsf/utils";
import { withStop } from "../shared/format.ts";

/** Returns the uiSchema of a form with the widgets of this page, which follow from the kinds of its fields. */
export function decorate(uiSchema: JsonObject, fields: readonly FormField[]): UiSchema {
  const decorated = structuredClone(uiSchema);
  for (const field of fields) {
    if (field.kind === "sign-in") continue;
    let node = decorated;
    for (const key of field.path.split(".")) node = (node[key] ??= {}) as JsonObject; // a uiSchema consists of objects
    Object.assign(node, widgetOf(field), placeholderOf(field));
    node["ui:options"] = {
      ...(node["ui:options"] as JsonObject | undefined),
      description: field.help === undefined ? undefined : withStop(field.help),
      ...(field.link === undefined ? {} : { link: field.link }),
      ...(field.kind === "choice" && field.default === undefined ? { clearable: true } : {}),
    };
  }
  return decorated;
}

/** A choice without a value shows its default. */
function placeholderOf({ kind, choices, default: value }: FormField): JsonObject {
  const chosen = choices?.find((choice) => choice.value === value);
  return kind === "choice" && value !== undefined && chosen !== undefined ? { "ui:placeholder": chosen.title } : {};
}

function widgetOf({ kind, items }: FormField): JsonObject {
  switch (kind) {
    case "secret":
      return { "ui:widget": "secret" };
    case "secret-text":
      return { "ui:widget": "secretText" };
    case "model":
      return { "ui:widget": "model" };
    case "boolean":
      return { "ui:widget": "toggle" };
    case "tri-state":
      return { "ui:widget": "triState" };
    case "list":
      return items?.type === "string" ? { "ui:widget": "words" } : {};
    case "record":
      return items?.type === "string" ? {} : { "ui:field": "json" };
    case "json":
      return { "ui:field": "json" };
    default:
      return {};
  }
}
