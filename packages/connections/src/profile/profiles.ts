import {
  type Connection,
  registry as defaultRegistry,
  type JsonObject,
  type Provider,
  type Registry,
  type SettingsModule,
} from "@lumiverse/core";
import { ConnectionsError, type FieldIssue, invalid } from "../error.ts";
import type { Read, Store, Write } from "../store/store.ts";
import type { ProfileRow } from "../store/tables.ts";
import type { Secrets, Vault } from "../vault/vault.ts";
import { type ConnectionSource, connectSource, type SharedConnectOptions } from "./connect.ts";
import { OpenConnections } from "./open-connections.ts";
import type { Auth, Profile, ProfileChanges, ProfileInput } from "./profile.ts";
import { isRecord, joinSettings, secretPaths, splitSettings } from "./secret-settings.ts";
import { migrateSettings } from "./settings-migration.ts";
import { checkInput, nameIssues } from "./validate.ts";

export interface ProfilesOptions {
  store: Store;
  vault: Vault;
  /** Where providers are looked up. Default: the process-wide registry. */
  registry?: Registry;
  /** Options of `connect` for all profiles. */
  connect?: SharedConnectOptions;
}

/** The connections of a person or a team. Every change is one transaction. */
export interface Profiles {
  /** In the person's order. Needs no master key. */
  list(): Promise<Profile[]>;
  /** @throws ConnectionsError `not-found` */
  get(id: string): Promise<Profile>;
  /** By id, or by name whatever the case of its letters. */
  find(idOrName: string): Promise<Profile | undefined>;
  /** The default profile. Undefined only when there are no profiles. */
  default(): Promise<Profile | undefined>;
  /** The first profile becomes the default. @throws ConnectionsError `invalid` with all problems */
  create(input: ProfileInput): Promise<Profile>;
  /**
   * Changes the given fields. A change of the provider or of the URL's origin needs the key again, or `key: null` to go without.
   * @param options.revision The revision that the changes are based on. Absent: they apply to whatever is stored.
   * @throws ConnectionsError `conflict` (with the stored profile as `current`), `key-required`, `invalid`, `not-found`
   */
  update(id: string, changes: ProfileChanges, options?: { revision?: number }): Promise<Profile>;
  /** A copy with its own copy of the secrets. Never the default. */
  duplicate(id: string): Promise<Profile>;
  /** Removes a profile and its secrets. Where it was the default, the first of the others becomes it. */
  remove(id: string): Promise<void>;
  /** Puts the named profiles first, in this order. The others follow in theirs. */
  reorder(ids: readonly string[]): Promise<Profile[]>;
  setDefault(id: string): Promise<Profile>;
  /**
   * The core connection of a profile: one for each profile, reused until the profile changes, and closed then.
   * @throws ConnectionsError `key-missing`, `vault-locked`, `not-found`: nothing is sent then
   */
  open(id: string): Promise<Connection>;
  /** What `open` would connect with, secrets included. For the doctor, model lists and exports: never show it. */
  source(id: string): Promise<ConnectionSource>;
  provider(id: string): Provider;
  readonly store: Store;
  readonly connectOptions: SharedConnectOptions;
  /** Closes all open connections. The store stays open. */
  close(): Promise<void>;
}

export function createProfiles(options: ProfilesOptions): Profiles {
  const { store, vault, registry = defaultRegistry(), connect: connectOptions = {} } = options;
  const opened = new OpenConnections();
  const allowHttp = connectOptions.allowHttp ?? false;

  const settingsOf = async (id: string): Promise<SettingsModule<unknown> | undefined> =>
    registry
      .list()
      .find((one) => one.id === id)
      ?.settings?.();
  /** A profile is shown even where its settings cannot be brought up to date, as they are stored: it can be renamed and removed then, and is not opened. */
  const profileOf = async (row: JoinedRow): Promise<Profile> => {
    const stored = parsed(row.settings) ?? {};
    try {
      const { migrations = [] } = (await settingsOf(row.provider)) ?? {};
      return toProfile(row, migrateSettings(migrations, row.provider, stored, row.settings_version), migrations.length);
    } catch {
      return toProfile(row, stored, row.settings_version);
    }
  };
  const get = async (id: string, read: Read = store.read): Promise<Profile> => profileOf(await rowOf(read, id));
  const list = async (): Promise<Profile[]> => Promise.all((await joined(store.read).orderBy("position").execute()).map(profileOf));
  /** All settings of a row in the current version, divided into those that are shown and those that are secret. */
  const currentSettings = async (row: JoinedRow, secrets: Secrets): Promise<ReturnType<typeof splitSettings>> => {
    const module = await settingsOf(row.provider);
    // Settings of a package that is not installed are left as they are.
    if (module === undefined) return { shown: storedSettings(row), secret: { ...secrets.settings } };
    const all = joinSettings(storedSettings(row), secrets.settings);
    const migrated = migrateSettings(module.migrations ?? [], row.provider, all, row.settings_version);
    return splitSettings(migrated, secretPaths(module.fields));
  };
  /** Runs a change and returns the profile as it is stored then. Connections of an older revision are closed. */
  const change = async (id: string, run: (write: Write) => Promise<void>): Promise<Profile> => {
    const profile = await store.write(async (write) => {
      await run(write);
      return get(id, write);
    });
    await opened.closeOlder(id, profile.revision);
    return profile;
  };
  const storedSource = async (read: Read, row: JoinedRow): Promise<ConnectionSource> => {
    const secrets = row.secrets_at === null ? undefined : await vault.read(read, row.id, row.origin);
    const { shown, secret } = await currentSettings(row, secrets ?? {});
    return {
      provider: registry.get(row.provider),
      ...(row.resolved_url === null ? {} : { resolvedURL: row.resolved_url }),
      auth: row.auth as Auth, // written by this file
      ...(secrets?.key === undefined ? {} : { key: secrets.key }),
      settings: joinSettings(shown, secret),
    };
  };

  return {
    store,
    connectOptions,
    list,
    get,
    async find(idOrName) {
      const row = await joined(store.read)
        .where((where) => where.or([where("id", "=", idOrName), where("name_key", "=", nameKey(idOrName))]))
        .executeTakeFirst();
      return row === undefined ? undefined : profileOf(row);
    },
    async default() {
      const row = await joined(store.read).where("is_default", "=", 1).executeTakeFirst();
      return row === undefined ? undefined : profileOf(row);
    },

    async create(input) {
      const provider = registry.get(input.provider);
      const checked = await checkInput(provider, input, { allowHttp });
      const issues = [...nameIssues(input.name), ...(checked.issues ?? [])];
      if (checked.issues !== undefined || issues.length > 0) throw invalid(issues);
      const { address, auth, key, settings, secretPaths, settingsVersion } = checked.value;
      const { shown, secret } = splitSettings(settings, secretPaths);
      const id = crypto.randomUUID();
      return change(id, async (write) => {
        await assertNameIsFree(write, input.name, id);
        const { last, count } = await write
          .selectFrom("profiles")
          .select(({ fn }) => [fn.max("position").as("last"), fn.countAll<number>().as("count")])
          .executeTakeFirstOrThrow();
        const isDefault = input.isDefault === true || Number(count) === 0;
        if (isDefault) await clearDefault(write);
        const now = new Date().toISOString();
        const row: ProfileRow = {
          id,
          name: input.name.trim(),
          name_key: nameKey(input.name),
          provider: provider.id,
          model: input.model?.trim() ?? "",
          base_url: address.resolvedURL === undefined ? null : (input.baseURL?.trim() ?? null),
          resolved_url: address.resolvedURL ?? null,
          origin: address.origin,
          auth,
          settings: JSON.stringify(shown),
          settings_version: settingsVersion,
          reasoning: reasoningText(input.reasoning),
          is_default: isDefault ? 1 : 0,
          position: last === null ? 0 : Number(last) + 1,
          revision: 1,
          created_at: now,
          updated_at: now,
        };
        await write.insertInto("profiles").values(row).execute();
        const secrets = secretsOf(auth, key, secret);
        if (secrets !== undefined) await vault.write(write, id, address.origin, secrets);
      });
    },

    update: (id, changes, { revision } = {}) =>
      change(id, async (write) => {
        const row = await rowOf(write, id);
        if (revision !== undefined && revision !== row.revision)
          throw new ConnectionsError({
            code: "conflict",
            message: `"${row.name}" was changed meanwhile (revision ${row.revision}, yours is based on ${revision})`,
            hint: "Read the profile again and repeat the change",
            current: await profileOf(row),
          });
        const columns: Partial<ProfileRow> = {};
        if (changes.name !== undefined) {
          const issues = nameIssues(changes.name);
          if (issues.length > 0) throw invalid(issues);
          await assertNameIsFree(write, changes.name, id);
          Object.assign(columns, { name: changes.name.trim(), name_key: nameKey(changes.name) });
        }
        if (changes.model !== undefined) columns.model = changes.model.trim();
        const { provider, baseURL, auth, key, settings, reasoning } = changes;
        // A profile can be renamed while its provider is not installed or the vault is locked.
        if ([provider, baseURL, auth, key, settings, reasoning].some((field) => field !== undefined))
          Object.assign(columns, await changeConnection(write, row, changes));
        await touch(write, id, columns);
      }),

    async duplicate(id) {
      const copy = crypto.randomUUID();
      return change(copy, async (write) => {
        const row = await rowOf(write, id);
        const { secrets_at, has_key, ...columns } = row;
        const name = await freeCopyName(write, row.name);
        const now = new Date().toISOString();
        await write
          .updateTable("profiles")
          .set(({ eb }) => ({ position: eb("position", "+", 1) }))
          .where("position", ">", row.position)
          .execute();
        await write
          .insertInto("profiles")
          .values({
            ...columns,
            id: copy,
            name,
            name_key: nameKey(name),
            is_default: 0,
            position: row.position + 1,
            revision: 1,
            created_at: now,
            updated_at: now,
          })
          .execute();
        if (secrets_at === null) return;
        const secrets = await vault.read(write, id, row.origin);
        if (secrets !== undefined) await vault.write(write, copy, row.origin, secrets);
      });
    },

    async remove(id) {
      await store.write(async (write) => {
        const row = await rowOf(write, id);
        await write.deleteFrom("secrets").where("profile_id", "=", id).execute();
        await write.deleteFrom("profiles").where("id", "=", id).execute();
        if (row.is_default === 0) return;
        const next = await write.selectFrom("profiles").select("id").orderBy("position").executeTakeFirst();
        if (next !== undefined) await touch(write, next.id, { is_default: 1 });
      });
      await opened.closeOlder(id, Number.POSITIVE_INFINITY);
    },

    async reorder(ids) {
      await store.write(async (write) => {
        const rows = await write.selectFrom("profiles").select("id").orderBy("position").execute();
        const known = new Set(rows.map((row) => row.id));
        for (const id of ids) if (!known.has(id)) throw notFound(id);
        const named = [...new Set(ids)];
        const order = [...named, ...[...known].filter((id) => !named.includes(id))];
        for (const [position, id] of order.entries()) await write.updateTable("profiles").set({ position }).where("id", "=", id).execute();
      });
      return list();
    },

    setDefault: (id) =>
      change(id, async (write) => {
        await rowOf(write, id);
        await clearDefault(write);
        await touch(write, id, { is_default: 1 });
      }),

    async open(id) {
      const row = await rowOf(store.read, id);
      return opened.get(id, row.revision, async () => connectSource(await storedSource(store.read, row), connectOptions));
    },
    source: async (id) => storedSource(store.read, await rowOf(store.read, id)),
    provider: (id) => registry.get(id),
    close: () => opened.closeAll(),
  };

  /** The columns of a change of provider, address, key, settings or reasoning. Writes the secrets. */
  async function changeConnection(write: Write, row: JoinedRow, changes: ProfileChanges): Promise<Partial<ProfileRow>> {
    const provider = registry.get(changes.provider ?? row.provider);
    const newProvider = provider.id !== row.provider;
    const baseURL = changes.baseURL === undefined ? (newProvider ? null : row.base_url) : changes.baseURL;
    const moves = (origin: string): boolean => newProvider || origin !== row.origin;
    const stored: Secrets = row.secrets_at === null ? {} : await vault.read(write, row.id, row.origin).then((found) => found ?? {});
    const current = newProvider ? { shown: {}, secret: { ...stored.settings } } : await currentSettings(row, stored);
    const key = changes.key === undefined ? undefined : (changes.key ?? undefined);
    // Secret settings are laid under the given ones only while they still belong to the address.
    const given = changes.settings ?? current.shown;
    const check = async (settings: JsonObject): ReturnType<typeof checkInput> =>
      checkInput(
        provider,
        {
          ...(baseURL === null ? {} : { baseURL }),
          ...(changes.auth === undefined ? (newProvider ? {} : { auth: row.auth as Auth }) : { auth: changes.auth }),
          ...(key === undefined ? {} : { key, ...(changes.auth === undefined ? { auth: "key" as const } : {}) }),
          settings,
          ...(changes.reasoning === undefined ? {} : { reasoning: changes.reasoning }),
        },
        { allowHttp },
      );
    const checked = await check(dropNull(given));
    if (checked.issues !== undefined) throw invalid(checked.issues);
    const { address, auth, settings, secretPaths, settingsVersion } = checked.value;
    const unchangedURL = changes.baseURL === undefined && !newProvider;
    // What was completed once stays, whatever this version would make of it.
    const resolved = unchangedURL ? row.resolved_url : (address.resolvedURL ?? null);
    const origin = unchangedURL ? row.origin : address.origin;
    const { shown, secret: givenSecret } = splitSettings(settings, secretPaths);
    const kept = moves(origin) ? {} : Object.fromEntries(Object.entries(current.secret).filter(([path]) => !isNullAt(given, path)));
    const secret = { ...kept, ...givenSecret };
    if (moves(origin)) assertReentered({ ...stored, settings: current.secret }, changes, auth, secret, origin);
    const keyAfter =
      auth !== "key" ? undefined : changes.key === undefined ? (moves(origin) ? undefined : stored.key) : (checked.value.key ?? undefined);
    const secrets = secretsOf(auth, keyAfter, secret);
    if (secrets !== undefined || row.secrets_at !== null) await vault.write(write, row.id, origin, secrets ?? {});
    return {
      provider: provider.id,
      base_url: resolved === null ? null : (baseURL?.trim() ?? null),
      resolved_url: resolved,
      origin,
      auth,
      settings: JSON.stringify(shown),
      settings_version: settingsVersion,
      ...(changes.reasoning === undefined ? {} : { reasoning: reasoningText(changes.reasoning) }),
      ...(newProvider && changes.model === undefined ? { model: "" } : {}),
    };
  }
}

type JoinedRow = ProfileRow & { secrets_at: string | null; has_key: number | null };

function joined(read: Read) {
  return read
    .selectFrom("profiles")
    .leftJoin("secrets", "secrets.profile_id", "profiles.id")
    .selectAll("profiles")
    .select(["secrets.updated_at as secrets_at", "secrets.has_key as has_key"]);
}

async function rowOf(read: Read, id: string): Promise<JoinedRow> {
  const row = await joined(read).where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw notFound(id);
  return row;
}

function notFound(id: string): ConnectionsError {
  return new ConnectionsError({
    code: "not-found",
    message: `there is no connection "${id}"`,
    hint: "List the connections to see their names",
  });
}

/** @throws ConnectionsError `invalid` for a row that was changed outside of this package: a request without its settings is not the one that was saved */
function storedSettings({ name, settings }: JoinedRow): JsonObject {
  const found = parsed(settings);
  if (found !== undefined) return found;
  throw new ConnectionsError({
    code: "invalid",
    message: `the stored settings of "${name}" cannot be read: the database was changed outside of this package`,
    hint: "Remove the connection and save it again",
  });
}

/** The object that a column holds. Undefined when it was changed outside of this package. */
function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toProfile(row: JoinedRow, settings: JsonObject, settingsVersion: number): Profile {
  // Written by this file, or unreadable.
  const reasoning = row.reasoning === null ? undefined : (parsed(row.reasoning) as Profile["reasoning"]);
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    model: row.model,
    ...(row.base_url === null ? {} : { baseURL: row.base_url }),
    ...(row.resolved_url === null ? {} : { resolvedURL: row.resolved_url }),
    origin: row.origin,
    auth: row.auth as Auth, // written by this file
    settings,
    settingsVersion,
    ...(reasoning === undefined ? {} : { reasoning }),
    isDefault: row.is_default === 1,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    secrets: {
      key: row.auth !== "key" ? "not-used" : row.has_key === 1 ? "set" : "missing",
      ...(row.secrets_at === null ? {} : { setAt: row.secrets_at }),
    },
  };
}

async function touch(write: Write, id: string, columns: Partial<ProfileRow>): Promise<void> {
  await write
    .updateTable("profiles")
    .set(({ eb }) => ({ ...columns, revision: eb("revision", "+", 1), updated_at: new Date().toISOString() }))
    .where("id", "=", id)
    .execute();
}

async function clearDefault(write: Write): Promise<void> {
  await write.updateTable("profiles").set({ is_default: 0 }).where("is_default", "=", 1).execute();
}

/** Names differ by more than the case of their letters. */
function nameKey(name: string): string {
  return name.trim().normalize("NFC").toLowerCase();
}

async function assertNameIsFree(write: Write, name: string, id: string): Promise<void> {
  const other = await write
    .selectFrom("profiles")
    .select("name")
    .where("name_key", "=", nameKey(name))
    .where("id", "!=", id)
    .executeTakeFirst();
  if (other !== undefined) throw invalid([{ path: "name", message: `another connection is called "${other.name}"` }]);
}

async function freeCopyName(write: Write, name: string): Promise<string> {
  const taken = new Set((await write.selectFrom("profiles").select("name_key").execute()).map((row) => row.name_key));
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? " (Copy)" : ` (Copy ${number})`;
    const candidate = name.slice(0, 100 - suffix.length) + suffix;
    if (!taken.has(nameKey(candidate))) return candidate;
  }
}

function reasoningText(reasoning: ProfileInput["reasoning"]): string | null {
  return reasoning === undefined || reasoning === null ? null : JSON.stringify(reasoning);
}

function secretsOf(auth: Auth, key: string | undefined, settings: Readonly<Record<string, unknown>>): Secrets | undefined {
  const kept = auth === "key" && key !== undefined ? { key } : {};
  const secrets: Secrets = Object.keys(settings).length === 0 ? kept : { ...kept, settings };
  return Object.keys(secrets).length === 0 ? undefined : secrets;
}

/** @throws ConnectionsError `key-required` when stored secrets belong to another address and are not given again */
function assertReentered(
  stored: Secrets,
  changes: ProfileChanges,
  auth: Auth,
  secret: Readonly<Record<string, unknown>>,
  origin: string,
): void {
  const issues: FieldIssue[] = [];
  const message = `the stored value belongs to another address: enter it again for ${origin}`;
  if (stored.key !== undefined && auth === "key" && changes.key === undefined) issues.push({ path: "key", message });
  for (const path of Object.keys(stored.settings ?? {}))
    if (secret[path] === undefined && !isNullAt(changes.settings ?? {}, path)) issues.push({ path: `settings.${path}`, message });
  if (issues.length === 0) return;
  throw new ConnectionsError({
    code: "key-required",
    message: `the provider or the address changed, so the stored secrets are not used: enter them again for ${origin}`,
    hint: "Nothing was saved. Pass null to save without them",
    issues,
  });
}

function isNullAt(settings: JsonObject, path: string): boolean {
  let at: unknown = settings;
  for (const key of path.split(".")) at = typeof at === "object" && at !== null ? (at as JsonObject)[key] : undefined;
  return at === null;
}

/** Null removes a secret setting, so the schema does not see it. */
function dropNull(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
