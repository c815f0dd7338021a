/** The settings of a provider: a validator of any library, the same shape as JSON Schema, and the fields that a form shows. */

import { LumiverseError } from "../chat/errors.ts";
import { definedFields, isObject, type JsonSchema } from "../chat/json.ts";
import type { SettingIssue, SettingsMigration, SettingsModule } from "../contract/settings.ts";
import { fieldsOf } from "./fields.ts";
import { type IssuePath, issuesAt } from "./issues.ts";

export type { SettingsMigration } from "../contract/settings.ts";
export { annotations, fieldsOf, type SettingAnnotations, type SettingKeywords } from "./fields.ts";

/** A validator of any library that implements Standard Schema (https://standardschema.dev): zod, valibot, arktype, or a few lines by hand. */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Settings are read synchronously: a promise is refused. */
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    /** For the compiler only. */
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

/** What a Standard Schema validator returns: the value with defaults filled in, or everything that is wrong with it. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: IssuePath | undefined }[] };

/** The two descriptions of a provider's settings. They must agree: generate `schema` from the validator where its library can. */
export interface SettingsDefinition<S> {
  /** Decides which values are valid, and fills in defaults. */
  validator: StandardSchema<S>;
  /** JSON Schema 2020-12 of what a person enters. `annotations` writes what a form shows beyond its keywords. `$ref` is not followed. */
  schema: JsonSchema;
  /**
   * Needed when a release renames or removes a setting, so that connections stored by an older release keep working. Each migration turns one version into the
   * next; their number is the version. A published migration is never edited or removed.
   */
  migrations?: readonly SettingsMigration[];
}

/**
 * Makes the settings module of a provider. The provider loads it lazily: `settings: () => import("./settings.ts").then((module) => module.settings)`.
 * Keys that the validator drops silently are refused, so that a misspelt setting is always an error.
 */
export function defineSettings<S>({ validator, schema, migrations }: SettingsDefinition<S>): SettingsModule<S> {
  const validate = (input: unknown): ReturnType<SettingsModule<S>["validate"]> => {
    const result = validator["~standard"].validate(input);
    if ("then" in result) {
      Promise.resolve(result).catch(() => {}); // an unhandled rejection would end the process
      return { issues: [{ path: "", message: "the provider validates its settings asynchronously" }] };
    }
    if (result.issues !== undefined) {
      const issues = result.issues.flatMap(({ path = [], message }) => issuesAt(path, message, input, schema));
      return { issues: issues.length > 0 ? issues : [{ path: "", message: "not valid" }] };
    }
    const dropped = droppedKeys(input, result.value);
    return dropped.length === 0
      ? { value: result.value }
      : { issues: dropped.map((path) => ({ path, message: "there is no such setting" })) };
  };
  return {
    validate,
    parse(input) {
      const result = validate(input);
      if (result.issues === undefined) return result.value;
      throw configurationError(result.issues);
    },
    schema,
    fields: fieldsOf(schema),
    ...definedFields({ migrations }),
  };
}

function configurationError(issues: readonly SettingIssue[]): LumiverseError {
  const { path, message } = issues[0] ?? { path: "", message: "not valid" };
  const field = path === "" ? "settings" : `settings.${path}`;
  return new LumiverseError({
    code: "configuration",
    field,
    message: `${field}: ${message}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ""}`,
    hint: "The provider's README lists its settings",
  });
}

/** The paths of everything in the input that the validated value no longer contains. */
function droppedKeys(input: unknown, kept: unknown, at = ""): string[] {
  if (Array.isArray(input) && Array.isArray(kept) && input.length === kept.length)
    return input.flatMap((item, index) => droppedKeys(item, kept[index], `${at}${index}.`));
  if (!isObject(input) || !isObject(kept)) return [];
  return Object.keys(input).flatMap((key) => {
    if (input[key] === undefined) return [];
    return Object.hasOwn(kept, key) ? droppedKeys(input[key], kept[key], `${at}${key}.`) : [`${at}${key}`];
  });
}
