/** Settings of a provider as a real schema. This module alone imports zod; it is reached by dynamic import, when settings are given or shown. */
import { z } from "zod";
import { LumiverseError } from "./errors.ts";
import type { SettingField, SettingsModule } from "./provider.ts";
import { isObject } from "./wire.ts";

export { z };

/** What a field says of itself, beside its type: `z.string().meta({ title, help, section, order })`. */
export interface SettingMeta {
  title: string;
  help?: string;
  section?: string;
  order?: number;
  secret?: boolean;
  condition?: { path: string; equals: unknown };
  /** Titles of the choices, by value. */
  choices?: Readonly<Record<string, string>>;
}

export function defineSettings<S>(schema: z.ZodType<S>): SettingsModule<S> {
  return {
    parse(input) {
      const result = schema.safeParse(input);
      const unknown = result.success ? lost(input, result.data) : undefined;
      if (result.success && unknown === undefined) return result.data;
      if (result.success)
        throw new LumiverseError({
          code: "configuration",
          field: `settings.${unknown}`,
          message: `settings.${unknown}: there is no such setting`,
          hint: "The provider's README lists its settings",
        });
      const issue = result.error.issues[0];
      const path = issue?.path.join(".") ?? "";
      const more = result.error.issues.length - 1;
      throw new LumiverseError({
        code: "configuration",
        field: path === "" ? "settings" : `settings.${path}`,
        message: `settings${path === "" ? "" : `.${path}`}: ${issue?.message ?? "not valid"}${more > 0 ? ` (and ${more} more)` : ""}`,
        hint: "The provider's README lists its settings",
      });
    },
    fields: fieldsOf(schema),
  };
}

/** The path of something given that the schema let fall: zod strips unknown keys without a word, and a typo must not pass in silence. */
function lost(given: unknown, kept: unknown): string | undefined {
  if (!isObject(given) || !isObject(kept)) return undefined;
  for (const key of Object.keys(given)) {
    if (given[key] === undefined) continue;
    if (!Object.hasOwn(kept, key)) return key;
    const inside = lost(given[key], kept[key]);
    if (inside !== undefined) return `${key}.${inside}`;
  }
  return undefined;
}

function fieldsOf(schema: unknown): SettingField[] {
  const fields: SettingField[] = [];
  walk(schema, "", undefined, fields);
  // A stable order: by `order`, then as written.
  return fields
    .map((field, at) => ({ field, at }))
    .sort((a, b) => a.field.order - b.field.order || a.at - b.at)
    .map(({ field }) => field);
}

function walk(schema: unknown, path: string, section: string | undefined, into: SettingField[]): void {
  const { core, value } = unwrap(schema);
  const meta = metaOf(schema);
  if (core instanceof z.ZodObject && (path === "" || meta === undefined || meta.title === undefined || meta.section !== undefined)) {
    for (const [key, child] of Object.entries(core.shape))
      walk(child, path === "" ? key : `${path}.${key}`, meta?.section ?? section, into);
    return;
  }
  const inSection = meta?.section ?? section;
  into.push({
    path,
    ...typeOf(core, meta),
    title: meta?.title ?? path,
    order: meta?.order ?? 1000,
    ...(meta?.help === undefined ? {} : { help: meta.help }),
    ...(inSection === undefined ? {} : { section: inSection }),
    ...(meta?.secret === undefined ? {} : { secret: meta.secret }),
    ...(value === undefined ? {} : { default: value }),
    ...(meta?.condition === undefined ? {} : { condition: meta.condition }),
  });
}

function metaOf(schema: unknown): Partial<SettingMeta> | undefined {
  for (let at: unknown = schema; at instanceof z.ZodType; at = inner(at)) {
    const meta = at.meta();
    if (meta !== undefined) return meta as Partial<SettingMeta>;
  }
  return undefined;
}
function inner(schema: z.ZodType): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable ? schema.unwrap() : undefined;
}
function unwrap(schema: unknown): { core: unknown; value: unknown } {
  let core = schema;
  let value: unknown;
  while (core instanceof z.ZodType) {
    if (core instanceof z.ZodDefault) value = core.parse(undefined);
    const next = inner(core);
    if (next === undefined) break;
    core = next;
  }
  return { core, value };
}
function typeOf(core: unknown, meta: Partial<SettingMeta> | undefined): Pick<SettingField, "type" | "choices" | "min" | "max"> {
  if (core instanceof z.ZodBoolean) return { type: "boolean" };
  if (core instanceof z.ZodNumber) {
    const { minValue, maxValue } = core;
    return {
      type: "number",
      ...(finite(minValue) ? { min: minValue as number } : {}),
      ...(finite(maxValue) ? { max: maxValue as number } : {}),
    };
  }
  if (core instanceof z.ZodEnum) {
    const choices = core.options.map((option) => ({ value: String(option), title: meta?.choices?.[String(option)] ?? String(option) }));
    return { type: "choice", choices };
  }
  if (core instanceof z.ZodArray) return { type: "list" };
  if (core instanceof z.ZodRecord) return { type: "record" };
  if (core instanceof z.ZodString) return { type: "string" };
  return { type: "json" };
}
const finite = (value: number | null): boolean => value !== null && Number.isFinite(value) && Math.abs(value) < Number.MAX_SAFE_INTEGER;
