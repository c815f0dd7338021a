import type { JsonObject, JsonSchema } from "../chat/json.ts";

/** One setting as a form shows it. */
export interface SettingField extends SettingKind {
  /** Dotted path in the settings object. */
  path: string;
  title: string;
  help?: string;
  /** The heading under which a form shows it. */
  section?: string;
  /** Position in the form, lowest first. */
  order: number;
  /** A form hides the value. */
  secret?: boolean;
  /** The value that applies when none is given. */
  default?: unknown;
  /** Shown only while the setting at `path` has this value. */
  condition?: { path: string; equals: unknown };
}

/** The values that a setting accepts. */
export interface SettingKind {
  /** `list`: an array. `record`: an object with keys of the person's choice. `json`: anything. */
  type: "string" | "number" | "boolean" | "choice" | "list" | "record" | "json";
  /** The values of a `choice`. */
  choices?: readonly { value: string; title: string }[];
  /** The lowest number. */
  min?: number;
  /** The highest number. */
  max?: number;
  /** Only whole numbers. */
  integer?: boolean;
  /** The elements of a `list` or the values of a `record`. Absent: anything. */
  items?: SettingItems;
}

/** The elements of a list or the values of a record. The paths of an object's fields start at the object. */
export type SettingItems = SettingKind | { type: "object"; fields: readonly SettingField[] };

/** A problem in the given settings. */
export interface SettingIssue {
  /** Dotted path in the settings object; empty for the settings as a whole. */
  path: string;
  /** Plain English, such as `must be a whole number from 1 to 9`. */
  message: string;
}

/**
 * Changes stored settings of one version into those of the next. Settings may be absent, and secret ones are kept elsewhere until a connection is opened, so a
 * migration changes what it finds and requires nothing.
 */
export type SettingsMigration = (settings: JsonObject) => JsonObject;

/** The settings of a provider: `defineSettings` of `@lumiverse/core/settings` makes one. */
export interface SettingsModule<S> {
  /** Returns valid settings with defaults filled in. Throws `configuration` with the first problem; `validate` returns them all. */
  parse(input: unknown): S;
  /** Returns valid settings with defaults filled in, or every problem instead of throwing the first. */
  validate(
    input: unknown,
  ): { readonly value: S; readonly issues?: undefined } | { readonly issues: readonly SettingIssue[]; readonly value?: undefined };
  /** JSON Schema 2020-12 of what a person enters, with titles, descriptions, defaults, and `x-lumiverse` for what a form needs beyond them. */
  schema: JsonSchema;
  /** The settings as a flat list, made from `schema` alone. */
  fields: readonly SettingField[];
  /** Bring stored settings up to date, oldest first. Their number is the version of the settings. Absent: version 0. */
  migrations?: readonly SettingsMigration[];
}
