import { type Connection, registry as defaultRegistry, type Provider, type Registry, type SettingsModule } from "@lumiverse/core";
import { ConnectionsError, invalidFields, switchedOff } from "../error.ts";
import type { Read, Store, Write } from "../store/store.ts";
import type { ProfileRow } from "../store/tables.ts";
import type { Secrets, Vault } from "../vault/vault.ts";
import { changeConnection, secretsOf } from "./change-connection.ts";
import { type ConnectionSource, connectSource, type SharedConnectOptions } from "./connect.ts";
import { OpenConnections } from "./open-connections.ts";
import type { Auth, Profile, ProfileChanges, ProfileInput } from "./profile.ts";
import {
  allRows,
  assertNameIsFree,
  clearDefault,
  defaultRow,
  freeCopyName,
  type JoinedRow,
  nameKey,
  notFound,
  parseObject,
  reasoningText,
  rowByIdOrName,
  rowOf,
  storedSettings,
  toProfile,
  touch,
} from "./profile-rows.ts";
import { joinSettings, secretPaths, splitSettings } from "./secret-settings.ts";
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
  /**
   * A copy with its own copy of the secrets. Never the default.
   * @param name Default: the name of the original with "(Copy)"
   * @throws ConnectionsError `not-found`, `invalid` for a name that is not valid or taken: there is no copy then
   */
  duplicate(id: string, name?: string): Promise<Profile>;
  /** Removes a profile and its secrets. If it was the default, the first of the others becomes the default. */
  remove(id: string): Promise<void>;
  /** Puts the named profiles first, in this order. The others follow in their present order. */
  reorder(ids: readonly string[]): Promise<Profile[]>;
  setDefault(id: string): Promise<Profile>;
  /**
   * The core connection of a profile: one for each profile, reused until the profile changes, and closed then.
   * @throws ConnectionsError `switched-off`, `key-missing`, `vault-locked`, `not-found`: nothing is sent then
   */
  open(id: string): Promise<Connection>;
  /** The provider, address, settings and secrets that `open` uses, even for a profile that is switched off. For the doctor, model lists and exports: never show it. */
  source(id: string): Promise<ConnectionSource>;
  provider(id: string): Provider;
  readonly store: Store;
  readonly connectOptions: SharedConnectOptions;
  /** Closes all open connections. The store stays open. */
  close(): Promise<void>;
}

/** The profiles of a store, as a plain object: an application can spread it and replace a method. */
export function createProfiles(options: ProfilesOptions): Profiles {
  const profiles = new StoredProfiles(options);
  return {
    store: profiles.store,
    connectOptions: profiles.connectOptions,
    list: () => profiles.list(),
    get: (id) => profiles.get(id),
    find: (idOrName) => profiles.find(idOrName),
    default: () => profiles.default(),
    create: (input) => profiles.create(input),
    update: (id, changes, given) => profiles.update(id, changes, given),
    duplicate: (id, name) => profiles.duplicate(id, name),
    remove: (id) => profiles.remove(id),
    reorder: (ids) => profiles.reorder(ids),
    setDefault: (id) => profiles.setDefault(id),
    open: (id) => profiles.open(id),
    source: (id) => profiles.source(id),
    provider: (id) => profiles.provider(id),
    close: () => profiles.close(),
  };
}

class StoredProfiles implements Profiles {
  readonly store: Store;
  readonly connectOptions: SharedConnectOptions;
  readonly #vault: Vault;
  readonly #registry: Registry;
  readonly #allowHttp: boolean;
  readonly #opened = new OpenConnections();

  constructor({ store, vault, registry = defaultRegistry(), connect = {} }: ProfilesOptions) {
    this.store = store;
    this.connectOptions = connect;
    this.#vault = vault;
    this.#registry = registry;
    this.#allowHttp = connect.allowHttp ?? false;
  }

  async list(): Promise<Profile[]> {
    const rows = await allRows(this.store.read);
    return Promise.all(rows.map((row) => this.#profileOf(row)));
  }

  get(id: string): Promise<Profile> {
    return this.#get(id, this.store.read);
  }

  async find(idOrName: string): Promise<Profile | undefined> {
    const row = await rowByIdOrName(this.store.read, idOrName);
    return row === undefined ? undefined : this.#profileOf(row);
  }

  async default(): Promise<Profile | undefined> {
    const row = await defaultRow(this.store.read);
    return row === undefined ? undefined : this.#profileOf(row);
  }

  async create(input: ProfileInput): Promise<Profile> {
    const provider = this.#registry.get(input.provider);
    const checked = await checkInput(provider, input, { allowHttp: this.#allowHttp });
    const issues = [...nameIssues(input.name), ...(checked.issues ?? [])];
    if (checked.issues !== undefined || issues.length > 0) throw invalidFields(issues);
    const { address, auth, key, settings, secretPaths, settingsVersion } = checked.value;
    const { shown, secret } = splitSettings(settings, secretPaths);
    const id = crypto.randomUUID();
    const now = new Date().toISOString();
    const columns = {
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
      revision: 1,
      created_at: now,
      updated_at: now,
    };
    return this.#change(id, async (write) => {
      await assertNameIsFree(write, input.name, id);
      const { position, isFirst } = await nextPosition(write);
      const isDefault = input.isDefault === true || isFirst;
      if (isDefault) await clearDefault(write);
      await write
        .insertInto("profiles")
        .values({ ...columns, is_default: isDefault ? 1 : 0, is_enabled: input.isEnabled === false ? 0 : 1, position })
        .execute();
      const secrets = secretsOf(auth, key, secret);
      if (secrets !== undefined) await this.#vault.write(write, id, address.origin, secrets);
    });
  }

  update(id: string, changes: ProfileChanges, { revision }: { revision?: number } = {}): Promise<Profile> {
    return this.#change(id, async (write) => {
      const row = await rowOf(write, id);
      if (revision !== undefined && revision !== row.revision) throw changedMeanwhile(row, revision, await this.#profileOf(row));
      await touch(write, id, await this.#changedColumns(write, row, changes));
    });
  }

  async duplicate(id: string, given?: string): Promise<Profile> {
    const issues = given === undefined ? [] : nameIssues(given);
    if (issues.length > 0) throw invalidFields(issues);
    const copy = crypto.randomUUID();
    return this.#change(copy, async (write) => {
      const row = await rowOf(write, id);
      const { secrets_at, has_key, ...columns } = row;
      if (given !== undefined) await assertNameIsFree(write, given, copy);
      const name = given?.trim() ?? (await freeCopyName(write, row.name));
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
      const secrets = await this.#vault.read(write, id, row.origin);
      if (secrets !== undefined) await this.#vault.write(write, copy, row.origin, secrets);
    });
  }

  async remove(id: string): Promise<void> {
    await this.store.write(async (write) => {
      const row = await rowOf(write, id);
      await write.deleteFrom("secrets").where("profile_id", "=", id).execute();
      await write.deleteFrom("profiles").where("id", "=", id).execute();
      if (row.is_default === 0) return;
      const next = await write.selectFrom("profiles").select("id").orderBy("position").executeTakeFirst();
      if (next !== undefined) await touch(write, next.id, { is_default: 1 });
    });
    await this.#opened.closeOlder(id, Number.POSITIVE_INFINITY);
  }

  async reorder(ids: readonly string[]): Promise<Profile[]> {
    await this.store.write(async (write) => {
      const rows = await write.selectFrom("profiles").select("id").orderBy("position").execute();
      const known = new Set(rows.map((row) => row.id));
      for (const id of ids) if (!known.has(id)) throw notFound(id);
      const named = [...new Set(ids)];
      const order = [...named, ...[...known].filter((id) => !named.includes(id))];
      for (const [position, id] of order.entries()) await write.updateTable("profiles").set({ position }).where("id", "=", id).execute();
    });
    return this.list();
  }

  setDefault(id: string): Promise<Profile> {
    return this.#change(id, async (write) => {
      await rowOf(write, id);
      await clearDefault(write);
      await touch(write, id, { is_default: 1 });
    });
  }

  async open(id: string): Promise<Connection> {
    const { read } = this.store;
    const row = await rowOf(read, id);
    if (row.is_enabled === 0) throw switchedOff(row.name);
    return this.#opened.get(id, row.revision, async () => connectSource(await this.#sourceOf(read, row), this.connectOptions));
  }

  async source(id: string): Promise<ConnectionSource> {
    return this.#sourceOf(this.store.read, await rowOf(this.store.read, id));
  }

  provider(id: string): Provider {
    return this.#registry.get(id);
  }

  close(): Promise<void> {
    return this.#opened.closeAll();
  }

  async #get(id: string, read: Read): Promise<Profile> {
    return this.#profileOf(await rowOf(read, id));
  }

  async #settingsOf(provider: string): Promise<SettingsModule<unknown> | undefined> {
    return this.#registry
      .list()
      .find(({ id }) => id === provider)
      ?.settings?.();
  }

  /** A profile whose settings cannot be migrated has them as they are stored: it can be listed, renamed and removed, but not opened. */
  async #profileOf(row: JoinedRow): Promise<Profile> {
    const stored = parseObject(row.settings) ?? {};
    try {
      const { migrations = [] } = (await this.#settingsOf(row.provider)) ?? {};
      return toProfile(row, migrateSettings(migrations, row.provider, stored, row.settings_version), migrations.length);
    } catch {
      return toProfile(row, stored, row.settings_version);
    }
  }

  /** All settings of a row in the current version, divided into those that are shown and those that are secret. */
  async #currentSettings(row: JoinedRow, secrets: Secrets): Promise<ReturnType<typeof splitSettings>> {
    const module = await this.#settingsOf(row.provider);
    // Settings of a package that is not installed are left as they are.
    if (module === undefined) return { shown: storedSettings(row), secret: { ...secrets.settings } };
    const all = joinSettings(storedSettings(row), secrets.settings);
    const migrated = migrateSettings(module.migrations ?? [], row.provider, all, row.settings_version);
    return splitSettings(migrated, secretPaths(module.fields));
  }

  async #sourceOf(read: Read, row: JoinedRow): Promise<ConnectionSource> {
    const secrets = row.secrets_at === null ? undefined : await this.#vault.read(read, row.id, row.origin);
    const { shown, secret } = await this.#currentSettings(row, secrets ?? {});
    return {
      provider: this.#registry.get(row.provider),
      ...(row.resolved_url === null ? {} : { resolvedURL: row.resolved_url }),
      auth: row.auth as Auth, // written by this package
      ...(secrets?.key === undefined ? {} : { key: secrets.key }),
      settings: joinSettings(shown, secret),
    };
  }

  /** Runs a change and returns the profile as it is stored then. Connections of an older revision are closed. */
  async #change(id: string, run: (write: Write) => Promise<void>): Promise<Profile> {
    const profile = await this.store.write(async (write) => {
      await run(write);
      return this.#get(id, write);
    });
    await this.#opened.closeOlder(id, profile.revision);
    return profile;
  }

  async #changedColumns(write: Write, row: JoinedRow, changes: ProfileChanges): Promise<Partial<ProfileRow>> {
    const { name, model, isEnabled, provider, baseURL, auth, key, settings, reasoning } = changes;
    const columns: Partial<ProfileRow> = {};
    if (name !== undefined) {
      const issues = nameIssues(name);
      if (issues.length > 0) throw invalidFields(issues);
      await assertNameIsFree(write, name, row.id);
      Object.assign(columns, { name: name.trim(), name_key: nameKey(name) });
    }
    if (model !== undefined) columns.model = model.trim();
    if (isEnabled !== undefined) columns.is_enabled = isEnabled ? 1 : 0;
    // A profile can be renamed and switched off while its provider is not installed or the vault is locked.
    if ([provider, baseURL, auth, key, settings, reasoning].every((field) => field === undefined)) return columns;
    const connection = await changeConnection(write, row, changes, {
      registry: this.#registry,
      vault: this.#vault,
      allowHttp: this.#allowHttp,
      currentSettings: (one, secrets) => this.#currentSettings(one, secrets),
    });
    return { ...columns, ...connection };
  }
}

/** The position behind all profiles. */
async function nextPosition(write: Write): Promise<{ position: number; isFirst: boolean }> {
  const { last, count } = await write
    .selectFrom("profiles")
    .select(({ fn }) => [fn.max("position").as("last"), fn.countAll<number>().as("count")])
    .executeTakeFirstOrThrow();
  return { position: last === null ? 0 : Number(last) + 1, isFirst: Number(count) === 0 };
}

function changedMeanwhile(row: JoinedRow, revision: number, current: Profile): ConnectionsError {
  return new ConnectionsError({
    code: "conflict",
    message: `"${row.name}" was changed meanwhile (revision ${row.revision}, yours is based on ${revision})`,
    hint: "Read the profile again and repeat the change",
    current,
  });
}
