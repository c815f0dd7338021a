import { ConnectionsError, invalidFields } from "@lumiverse/connections";
import type { GatewayRead, GatewayStore, GatewayWrite } from "../store/store.ts";
import type { KeyRow } from "../store/tables.ts";
import { runningCalls, usedAt } from "./counters.ts";
import type { KeyChanges, KeyInput, Keys, KeyUse, VirtualKey } from "./key.ts";
import { grantColumns, hasLimits, limitColumns, modelsText, momentOf, nameKey, SHORTEST_SECRET, toKey } from "./key-row.ts";
import { fromNano } from "./money.ts";
import { periodAt } from "./period.ts";
import { digestOf, KEY_PREFIX, randomToken } from "./secret.ts";
import { keyIssues } from "./validate.ts";

/** Keys with what only the gateway itself needs. */
export interface KeyStore extends Keys {
  /** The key with this digest, revoked and expired keys included. */
  findByDigest(digest: string): Promise<VirtualKey | undefined>;
  /** Creates or changes the key of this name so that it is as the configuration file says. @throws ConnectionsError `invalid` */
  saveFromFile(input: KeyInput & { secret: string }): Promise<VirtualKey>;
}

interface KeyStoreOptions {
  now: () => number;
  /** Called after each change. */
  changed: () => void;
}

export function createKeys(store: GatewayStore, options: KeyStoreOptions): KeyStore {
  return new StoredKeys(store, options);
}

class StoredKeys implements KeyStore {
  readonly #store: GatewayStore;
  readonly #now: () => number;
  readonly #changed: () => void;

  constructor(store: GatewayStore, { now, changed }: KeyStoreOptions) {
    this.#store = store;
    this.#now = now;
    this.#changed = changed;
  }

  async list(): Promise<VirtualKey[]> {
    const rows = await this.#store.read.selectFrom("gateway_keys").selectAll().orderBy("created_at", "desc").orderBy("id").execute();
    return rows.map(toKey);
  }

  get(id: string): Promise<VirtualKey> {
    return keyOf(this.#store.read, id);
  }

  async create(input: KeyInput): Promise<{ key: VirtualKey; secret: string }> {
    const secret = KEY_PREFIX + randomToken();
    return { key: await this.#insert(input, secret, false), secret };
  }

  async update(id: string, changes: KeyChanges, allow?: (key: VirtualKey) => void): Promise<VirtualKey> {
    const issues = keyIssues(changes);
    if (issues.length > 0) throw invalidFields(issues);
    const { name } = changes;
    return this.#change(id, columnsOf(changes), {
      check: async (write) => {
        if (name !== undefined) await assertNameIsFree(write, nameKey(name), id);
      },
      allow,
    });
  }

  revoke(id: string, allow?: (key: VirtualKey) => void): Promise<VirtualKey> {
    return this.#change(id, { revoked_at: this.#now() }, { allow });
  }

  async remove(id: string, allow?: (key: VirtualKey) => void): Promise<void> {
    await this.#store.write(async (write) => {
      allow?.(await keyOf(write, id));
      await write.deleteFrom("gateway_counters").where("key_id", "=", id).execute();
      await write.deleteFrom("gateway_keys").where("id", "=", id).execute();
    });
    this.#changed();
  }

  async use(id: string): Promise<KeyUse> {
    const { read } = this.#store;
    const key = await keyOf(read, id);
    const used = hasLimits(key) ? await usedAt(read, id, this.#now()) : await usedByLedger(read, id, this.#now());
    return { running: await runningCalls(read, id), ...toUse(used) };
  }

  async findByDigest(digest: string): Promise<VirtualKey | undefined> {
    const row = await this.#store.read.selectFrom("gateway_keys").selectAll().where("hash", "=", digest).executeTakeFirst();
    return row === undefined ? undefined : toKey(row);
  }

  async saveFromFile({ secret, ...input }: KeyInput & { secret: string }): Promise<VirtualKey> {
    if (secret.length < SHORTEST_SECRET)
      throw invalidFields([{ path: "secret", message: `must be at least ${SHORTEST_SECRET} characters of random text` }]);
    const issues = keyIssues(input);
    if (issues.length > 0) throw invalidFields(issues);
    const hash = await digestOf(secret);
    let id = await this.#idOfFileKey(input.name, hash);
    if (id === undefined) {
      try {
        return await this.#insert(input, secret, true);
      } catch (cause) {
        // Another process has created it meanwhile.
        id = await this.#idOfFileKey(input.name, hash);
        if (id === undefined) throw cause;
      }
    }
    return this.#change(id, {
      ...columnsOf({ models: null, limits: {}, seesTargets: false, expiresAt: null, ...input }),
      hash,
      hint: secret.slice(-4),
      from_file: 1,
      revoked_at: null,
    });
  }

  /** The stored key that a key of the configuration file stands for. @throws ConnectionsError `invalid` when another key has its secret */
  async #idOfFileKey(name: string, hash: string): Promise<string | undefined> {
    const rows = await this.#store.read
      .selectFrom("gateway_keys")
      .select(["id", "name", "name_key", "hash", "from_file"])
      .where((where) => where.or([where("name_key", "=", nameKey(name)), where("hash", "=", hash)]))
      .execute();
    const named = rows.find((row) => row.name_key === nameKey(name));
    const same = rows.find((row) => row.hash === hash);
    if (same !== undefined && same.id !== named?.id && (named !== undefined || same.from_file !== 1))
      throw invalidFields([{ path: "secret", message: `is also the secret of the key "${same.name}"` }]);
    // A key of the file that has this secret under another name was renamed.
    return (named ?? same)?.id;
  }

  async #insert(input: KeyInput, secret: string, fromFile: boolean): Promise<VirtualKey> {
    const issues = [...(input.name === undefined ? [{ path: "name", message: "is required" }] : []), ...keyIssues(input)];
    if (issues.length > 0) throw invalidFields(issues);
    const row: KeyRow = {
      id: crypto.randomUUID(),
      name: input.name.trim(),
      name_key: nameKey(input.name),
      hash: await digestOf(secret),
      hint: secret.slice(-4),
      ...grantColumns(input),
      sees_targets: input.seesTargets === true ? 1 : 0,
      from_file: fromFile ? 1 : 0,
      created_at: this.#now(),
      revoked_at: null,
    };
    await this.#store.write(async (write) => {
      await assertNameIsFree(write, row.name_key, row.id);
      await write.insertInto("gateway_keys").values(row).execute();
      await write.insertInto("gateway_counters").values(emptyCounters(row.id, this.#now())).execute();
    });
    this.#changed();
    return toKey(row);
  }

  /** @param allow Called with the key as it is after the change. What it throws undoes the change */
  async #change(
    id: string,
    columns: Partial<KeyRow>,
    { check, allow }: { check?: (write: GatewayWrite) => Promise<void>; allow?: ((key: VirtualKey) => void) | undefined } = {},
  ): Promise<VirtualKey> {
    const key = await this.#store.write(async (write) => {
      const before = await keyOf(write, id);
      await check?.(write);
      if (Object.keys(columns).length > 0) await write.updateTable("gateway_keys").set(columns).where("id", "=", id).execute();
      const after = await keyOf(write, id);
      allow?.(after);
      if (!hasLimits(before) && hasLimits(after)) await countFromLedger(write, id, this.#now());
      return after;
    });
    this.#changed();
    return key;
  }
}

/** @throws ConnectionsError `not-found` */
async function keyOf(read: GatewayRead, id: string): Promise<VirtualKey> {
  const row = await read.selectFrom("gateway_keys").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw notFound(id);
  return toKey(row);
}

function columnsOf({ name, models, limits, seesTargets, expiresAt }: KeyChanges): Partial<KeyRow> {
  return {
    ...(name === undefined ? {} : { name: name.trim(), name_key: nameKey(name) }),
    ...(models === undefined ? {} : { models: modelsText(models) }),
    ...(limits === undefined ? {} : limitColumns(limits)),
    ...(seesTargets === undefined ? {} : { sees_targets: seesTargets ? 1 : 0 }),
    ...(expiresAt === undefined ? {} : { expires_at: momentOf(expiresAt) }),
  };
}

function emptyCounters(keyId: string, now: number) {
  const { minute, day, month } = periodAt(now);
  const zero = { minute_requests: 0, minute_tokens: 0, day_spent: 0, day_reserved: 0, month_spent: 0, month_reserved: 0 };
  return { key_id: keyId, minute, day, month, ...zero };
}

/** A key without limits is not counted call by call: when it is given limits, what it has spent comes from the ledger. */
async function countFromLedger(write: GatewayWrite, keyId: string, now: number): Promise<void> {
  const { minute, day, month } = periodAt(now);
  const { daySpent, monthSpent } = await usedByLedger(write, keyId, now);
  const counters = { minute, day, month, day_spent: daySpent, month_spent: monthSpent };
  await write.updateTable("gateway_counters").set(counters).where("key_id", "=", keyId).execute();
}

async function usedByLedger(read: GatewayRead, keyId: string, now: number) {
  const { minute, day, month } = periodAt(now);
  const calls = await read
    .selectFrom("gateway_calls")
    .select(({ fn }) => ["day", fn.sum<number>("cost").as("cost")])
    .where("key_id", "=", keyId)
    .where("day", ">=", `${month}-01`)
    .groupBy("day")
    .execute();
  const recent = await read
    .selectFrom("gateway_calls")
    .select(({ fn }) => [
      fn.countAll<number>().as("requests"),
      fn.sum<number>("input_tokens").as("input"),
      fn.sum<number>("cache_read_tokens").as("read"),
      fn.sum<number>("cache_write_tokens").as("written"),
      fn.sum<number>("output_tokens").as("output"),
    ])
    .where("key_id", "=", keyId)
    .where("started_at", ">=", minute * 60_000)
    .executeTakeFirstOrThrow();
  const running = await read
    .selectFrom("gateway_running_calls")
    .select(({ fn }) => fn.countAll<number>().as("requests"))
    .where("key_id", "=", keyId)
    .where("started_at", ">=", minute * 60_000)
    .executeTakeFirstOrThrow();
  const cost = (rows: typeof calls): number => rows.reduce((sum, row) => sum + Number(row.cost ?? 0), 0);
  return {
    requests: Number(recent.requests) + Number(running.requests),
    tokens: [recent.input, recent.read, recent.written, recent.output].reduce((sum, count) => sum + Number(count ?? 0), 0),
    daySpent: cost(calls.filter((row) => row.day >= day)),
    dayReserved: 0,
    monthSpent: cost(calls),
    monthReserved: 0,
  };
}

function toUse(used: Awaited<ReturnType<typeof usedAt>>): Omit<KeyUse, "running"> {
  return {
    requestsThisMinute: used.requests,
    tokensThisMinute: used.tokens,
    spentToday: fromNano(used.daySpent),
    reservedToday: fromNano(used.dayReserved),
    spentThisMonth: fromNano(used.monthSpent),
    reservedThisMonth: fromNano(used.monthReserved),
  };
}

async function assertNameIsFree(write: GatewayWrite, name: string, id: string): Promise<void> {
  const other = await write.selectFrom("gateway_keys").select("name").where("name_key", "=", name).where("id", "!=", id).executeTakeFirst();
  if (other !== undefined) throw invalidFields([{ path: "name", message: `another key is called "${other.name}"` }]);
}

function notFound(id: string): ConnectionsError {
  return new ConnectionsError({ code: "not-found", message: `there is no key "${id}"`, hint: "List the keys to see their ids" });
}
