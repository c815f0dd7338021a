import type { SettingField, SettingItems } from "@lumiverse/core";

/** One field of a form, ready to be drawn. */
export interface FormField {
  /** Dotted path in the form's values, such as `settings.routing.sort`. */
  path: string;
  kind: FieldKind;
  title: string;
  help?: string;
  required: boolean;
  /** The value that applies when none is given. */
  default?: unknown;
  /** The field is shown only while the value at `path`, or its default, equals this. */
  condition?: { path: string; equals: unknown };
  choices?: readonly Choice[];
  min?: number;
  max?: number;
  integer?: boolean;
  /** The elements of a list, or the values of a record. */
  items?: SettingItems;
  placeholder?: string;
  /** Never filled in with a stored value. An empty field keeps what is stored. */
  writeOnly?: boolean;
  /** A page that belongs to the field, such as where a key is made. */
  link?: string;
}

/**
 * How a field is drawn. `boolean`: a checkbox. `tri-state`: on, off or not set. `secret`: hidden; `secret-text`: hidden, of several lines. `model`: a text with
 * the Models button. `choices`: several of a closed list. `sign-in`: a button that has no value. `json`: only where a provider's schema allows anything.
 */
export type FieldKind =
  | "text"
  | "secret"
  | "secret-text"
  | "url"
  | "model"
  | "number"
  | "boolean"
  | "tri-state"
  | "choice"
  | "choices"
  | "list"
  | "record"
  | "json"
  | "sign-in";

export interface Choice {
  value: string;
  title: string;
}

/** A heading with its fields. */
export interface FormSection {
  title: string;
  fields: readonly FormField[];
}

/** Where settings are in the form's values. */
export const SETTINGS = "settings";

/** A provider's setting as a field of the form. */
export function settingField(setting: SettingField): FormField {
  const { path, title, help, section: _, order: __, secret, condition, default: value, type: ___, choices, items, ...range } = setting;
  const listed = choicesOf(items);
  return {
    path: `${SETTINGS}.${path}`,
    kind: kindOf(setting),
    title: title === path ? readable(path.split(".").at(-1) ?? path) : title,
    required: false,
    ...(help === undefined ? {} : { help }),
    ...(value === undefined ? {} : { default: value }),
    ...(condition === undefined ? {} : { condition: { path: `${SETTINGS}.${condition.path}`, equals: condition.equals } }),
    ...(choices === undefined ? {} : { choices: choices.map(titled) }),
    ...(listed === undefined ? {} : { choices: listed }),
    ...(items === undefined || listed !== undefined ? {} : { items }),
    ...(secret === true ? { writeOnly: true } : {}),
    ...range,
  };
}

function kindOf({ type, secret, items, default: value }: SettingField): FieldKind {
  switch (type) {
    case "boolean":
      return value === undefined ? "tri-state" : "boolean";
    case "string":
      return secret === true ? "secret" : "text";
    case "list":
      return choicesOf(items) === undefined ? "list" : "choices";
    case "number":
    case "choice":
    case "record":
    case "json":
      return type;
    default:
      return type satisfies never;
  }
}

function choicesOf(items: SettingItems | undefined): Choice[] | undefined {
  return items?.type === "choice" ? items.choices?.map(titled) : undefined;
}

/** A choice with a title: its own value, made readable, where the provider gives none. */
export function titled({ value, title }: Choice): Choice {
  return { value, title: title === value ? readable(value) : title };
}

/** `chat-completions` becomes `Chat completions`, `maxTokens` becomes `Max tokens`. Values with digits or dots, such as model names, stay. */
export function readable(word: string): string {
  if (!/^[a-z]+(?:[-_ ][a-z]+|[A-Z][a-z]+)*$/.test(word)) return word;
  const words = word
    .replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/[-_]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
