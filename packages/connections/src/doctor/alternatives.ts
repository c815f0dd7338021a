/** Sends the same chat with one thing changed, to find the part of a connection that makes it fail. */
import type { LumiverseError, SettingField } from "@lumiverse/core";
import { valueAt, withValue } from "../dotted-path.ts";
import type { ConnectionSource } from "../profile/connect.ts";
import type { DoctorSubject } from "./subject.ts";

/** Settings that choose a product of the vendor. Each product has keys of its own. */
const PRODUCT_SETTINGS: readonly string[] = ["codingPlan", "subscription", "region"];
/** The most changes that are tried, because each one sends a chat. */
const MOST = 6;

/** The value of a setting with which a refused key works. */
export async function rightProduct(
  source: ConnectionSource,
  succeeds: (source: ConnectionSource) => Promise<boolean>,
): Promise<{ title: string; value: string } | undefined> {
  const fields = (await source.provider.settings?.())?.fields ?? [];
  const trials = fields
    .filter(({ path }) => PRODUCT_SETTINGS.includes(path))
    .flatMap((field) => otherValues(field, source).map((value) => ({ field, value })));
  for (const { field, value } of trials.slice(0, MOST))
    if (await succeeds({ ...source, settings: withValue(source.settings, field.path, value) }))
      return { title: `“${field.title}”`, value: typeof value === "boolean" ? (value ? "on" : "off") : String(value) };
  return undefined;
}

function otherValues({ path, type, choices }: SettingField, { settings }: ConnectionSource): unknown[] {
  const now = valueAt(settings, path);
  if (type === "boolean") return [now !== true];
  return (choices ?? []).map(({ value }) => value).filter((value) => value !== now);
}

/** The part of the connection without which the chat works: the field that the error names, the reasoning effort, or a setting. */
export async function refusedSetting(
  subject: DoctorSubject,
  error: LumiverseError,
  succeeds: (subject: DoctorSubject) => Promise<boolean>,
): Promise<string | undefined> {
  const { source, reasoning } = subject;
  const named = namedField(error);
  if (reasoning?.effort !== undefined) {
    const { effort: _, ...others } = reasoning;
    if (await succeeds({ ...subject, reasoning: others })) return named ?? "the reasoning effort";
  }
  const fields = (await source.provider.settings?.())?.fields ?? [];
  const set = fields.filter(({ path }) => valueAt(source.settings, path) !== undefined);
  for (const { path, title } of set.slice(0, MOST))
    if (await succeeds({ ...subject, source: { ...source, settings: withValue(source.settings, path, undefined) } }))
      return named === undefined ? `the setting “${title}”` : `${named} (the setting “${title}”)`;
  return error.code === "invalid-request" || error.code === "unsupported" ? named : undefined;
}

function namedField({ field, message }: LumiverseError): string | undefined {
  return (
    field ??
    /\b(reasoning_effort|thinking|max_tokens|max_completion_tokens|temperature|top_p|top_k|stream_options|tools|response_format)\b/.exec(
      message,
    )?.[1]
  );
}
