/** Profiles as the database stores them. */

import type { JsonObject } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { ConnectionsError, invalidFields } from "../error.ts";
import type { Read, Write } from "../store/store.ts";
import type { ProfileRow } from "../store/tables.ts";
import type { Auth, Profile, ProfileInput } from "./profile.ts";

/** A profile with what is known of its secrets. */
export type JoinedRow = ProfileRow & { secrets_at: string | null; has_key: number | null };

/** A query for profiles with what is known of their secrets. */
function selectProfiles(read: Read) {
  return read
    .selectFrom("profiles")
    .leftJoin("secrets", "secrets.profile_id", "profiles.id")
    .selectAll("profiles")
    .select(["secrets.updated_at as secrets_at", "secrets.has_key as has_key"]);
}

/** All profiles in the person's order. */
export async function allRows(read: Read): Promise<JoinedRow[]> {
  return selectProfiles(read).orderBy("position").execute();
}

export async function rowByIdOrName(read: Read, idOrName: string): Promise<JoinedRow | undefined> {
  return selectProfiles(read)
    .where((where) => where.or([where("id", "=", idOrName), where("name_key", "=", nameKey(idOrName))]))
    .executeTakeFirst();
}

export async function defaultRow(read: Read): Promise<JoinedRow | undefined> {
  return selectProfiles(read).where("is_default", "=", 1).executeTakeFirst();
}

/** @throws ConnectionsError `not-found` */
export async function rowOf(read: Read, id: string): Promise<JoinedRow> {
  const row = await selectProfiles(read).where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw notFound(id);
  return row;
}

export function notFound(id: string): ConnectionsError {
  return new ConnectionsError({
    code: "not-found",
    message: `there is no connection "${id}"`,
    hint: "List the connections to see their names",
  });
}

/** @throws ConnectionsError `invalid` for settings that were changed outside of this package. Without them, a request would not be the one that was saved */
export function storedSettings({ name, settings }: JoinedRow): JsonObject {
  const found = parseObject(settings);
  if (found !== undefined) return found;
  throw new ConnectionsError({
    code: "invalid",
    message: `the stored settings of "${name}" cannot be read: the database was changed outside of this package`,
    hint: "Remove the connection and save it again",
  });
}

/** The object that a column holds. Undefined when it was changed outside of this package. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function toProfile(row: JoinedRow, settings: JsonObject, settingsVersion: number): Profile {
  // Written by `reasoningText`, or unreadable.
  const reasoning = row.reasoning === null ? undefined : (parseObject(row.reasoning) as Profile["reasoning"]);
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    model: row.model,
    ...(row.base_url === null ? {} : { baseURL: row.base_url }),
    ...(row.resolved_url === null ? {} : { resolvedURL: row.resolved_url }),
    origin: row.origin,
    auth: row.auth as Auth, // written by this package
    settings,
    settingsVersion,
    ...(reasoning === undefined ? {} : { reasoning }),
    isDefault: row.is_default === 1,
    isEnabled: row.is_enabled === 1,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    secrets: {
      key: row.auth !== "key" ? "not-used" : row.has_key === 1 ? "set" : "missing",
      ...(row.secrets_at === null ? {} : { setAt: row.secrets_at }),
    },
  };
}

/** Changes columns, and with them the revision. */
export async function touch(write: Write, id: string, columns: Partial<ProfileRow>): Promise<void> {
  await write
    .updateTable("profiles")
    .set(({ eb }) => ({ ...columns, revision: eb("revision", "+", 1), updated_at: new Date().toISOString() }))
    .where("id", "=", id)
    .execute();
}

export async function clearDefault(write: Write): Promise<void> {
  await write.updateTable("profiles").set({ is_default: 0 }).where("is_default", "=", 1).execute();
}

/** Two names with the same key count as equal: the case and the Unicode form of letters do not matter. */
export function nameKey(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

export async function assertNameIsFree(write: Write, name: string, id: string): Promise<void> {
  const other = await write
    .selectFrom("profiles")
    .select("name")
    .where("name_key", "=", nameKey(name))
    .where("id", "!=", id)
    .executeTakeFirst();
  if (other !== undefined) throw invalidFields([{ path: "name", message: `another connection is called "${other.name}"` }]);
}

export async function freeCopyName(write: Write, name: string): Promise<string> {
  const taken = new Set((await write.selectFrom("profiles").select("name_key").execute()).map((row) => row.name_key));
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? " (Copy)" : ` (Copy ${number})`;
    const candidate = name.slice(0, 100 - suffix.length) + suffix;
    if (!taken.has(nameKey(candidate))) return candidate;
  }
}

export function reasoningText(reasoning: ProfileInput["reasoning"]): string | null {
  return reasoning === undefined || reasoning === null ? null : JSON.stringify(reasoning);
}
