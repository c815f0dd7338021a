import { ConnectionsError, type FieldIssue, invalidFields } from "@lumiverse/connections";
import type { GatewayStore, GatewayWrite } from "../store/store.ts";
import type { ManagementKeyRow } from "../store/tables.ts";
import { grantColumns, nameKey, SHORTEST_SECRET, toGrant } from "./key-row.ts";
import type { ManagementKey, ManagementKeyInput, ManagementKeys } from "./management-key.ts";
import { isPermission } from "./permissions.ts";
import { digestOf, MANAGEMENT_KEY_PREFIX, randomToken } from "./secret.ts";
import { keyIssues } from "./validate.ts";

/** Management keys with what only the gateway itself needs. */
export interface ManagementKeyStore extends ManagementKeys {
  /** Creates or changes the key of this name so that it is as the configuration file says. @throws ConnectionsError `invalid` */
  saveFromFile(input: ManagementKeyInput & { secret: string }): Promise<ManagementKey>;
}

export function createManagementKeys(store: GatewayStore, now: () => number): ManagementKeyStore {
  const insert = async (input: ManagementKeyInput, secret: string, fromFile: boolean): Promise<ManagementKey> => {
    const row: ManagementKeyRow = {
      id: crypto.randomUUID(),
      ...columnsOf(input),
      hash: await digestOf(secret),
      hint: secret.slice(-4),
      from_file: fromFile ? 1 : 0,
      created_at: now(),
      revoked_at: null,
    };
    return store.write(async (write) => {
      await assertFree(write, row);
      await write.insertInto("gateway_management_keys").values(row).execute();
      return toManagementKey(row);
    });
  };

  const change = (id: string, columns: Partial<ManagementKeyRow>, allow?: (key: ManagementKey) => void): Promise<ManagementKey> =>
    store.write(async (write) => {
      const before = await keyOf(write, id);
      allow?.(before);
      await write.updateTable("gateway_management_keys").set(columns).where("id", "=", id).execute();
      return keyOf(write, id);
    });

  return {
    async list() {
      const rows = await store.read.selectFrom("gateway_management_keys").selectAll().orderBy("created_at", "desc").orderBy("id").execute();
      return rows.map(toManagementKey);
    },
    async create(input) {
      assertValid(input);
      const secret = MANAGEMENT_KEY_PREFIX + randomToken();
      return { key: await insert(input, secret, false), secret };
    },
    async find(secret) {
      const hash = await digestOf(secret);
      const row = await store.read.selectFrom("gateway_management_keys").selectAll().where("hash", "=", hash).executeTakeFirst();
      return row === undefined ? undefined : toManagementKey(row);
    },
    revoke: (id, allow) => change(id, { revoked_at: now() }, allow),
    async remove(id, allow) {
      await store.write(async (write) => {
        allow?.(await keyOf(write, id));
        await write.deleteFrom("gateway_management_keys").where("id", "=", id).execute();
      });
    },
    async saveFromFile({ secret, ...input }) {
      if (secret.length < SHORTEST_SECRET)
        throw invalidFields([{ path: "secret", message: `must be at least ${SHORTEST_SECRET} characters of random text` }]);
      assertValid(input);
      const hash = await digestOf(secret);
      // A key of the file that has this secret under another name was renamed.
      const stored = async (): Promise<{ id: string } | undefined> => {
        const rows = await store.read
          .selectFrom("gateway_management_keys")
          .select(["id", "name_key", "from_file"])
          .where((where) => where.or([where("name_key", "=", nameKey(input.name)), where("hash", "=", hash)]))
          .execute();
        return rows.find((row) => row.name_key === nameKey(input.name)) ?? rows.find((row) => row.from_file === 1);
      };
      let existing = await stored();
      if (existing === undefined) {
        try {
          return await insert(input, secret, true);
        } catch (cause) {
          // Another process has created it meanwhile.
          existing = await stored();
          if (existing === undefined) throw cause;
        }
      }
      const { id } = existing;
      const columns = { ...columnsOf(input), hash, hint: secret.slice(-4), from_file: 1, revoked_at: null };
      return store.write(async (write) => {
        await assertFree(write, { id, name_key: columns.name_key, hash });
        await write.updateTable("gateway_management_keys").set(columns).where("id", "=", id).execute();
        return keyOf(write, id);
      });
    },
  };
}

function assertValid(input: ManagementKeyInput): void {
  const { permissions, ...others } = input;
  const issues: FieldIssue[] = [...(others.name === undefined ? [{ path: "name", message: "is required" }] : []), ...keyIssues(others)];
  if (Object.hasOwn(others, "seesTargets")) issues.push({ path: "seesTargets", message: "there is no such field" });
  const unknown = permissions?.findIndex((one) => !isPermission(one)) ?? -1;
  if (unknown >= 0) issues.push({ path: `permissions.${unknown}`, message: "there is no such permission" });
  if (issues.length > 0) throw invalidFields(issues);
}

/** @throws ConnectionsError `invalid` where another key has the name, or any other key the same text */
async function assertFree(write: GatewayWrite, { id, name_key, hash }: Pick<ManagementKeyRow, "id" | "name_key" | "hash">): Promise<void> {
  const others = await write
    .selectFrom("gateway_management_keys")
    .select(["name", "name_key"])
    .where((where) => where.or([where("name_key", "=", name_key), where("hash", "=", hash)]))
    .where("id", "!=", id)
    .execute();
  const named = others.find((other) => other.name_key === name_key);
  if (named !== undefined) throw invalidFields([{ path: "name", message: `another management key is called "${named.name}"` }]);
  const virtual = await write.selectFrom("gateway_keys").select("name").where("hash", "=", hash).executeTakeFirst();
  const same = others[0] ?? virtual;
  if (same !== undefined) throw invalidFields([{ path: "secret", message: `is also the secret of the key "${same.name}"` }]);
}

async function keyOf(write: GatewayWrite, id: string): Promise<ManagementKey> {
  const row = await write.selectFrom("gateway_management_keys").selectAll().where("id", "=", id).executeTakeFirst();
  if (row !== undefined) return toManagementKey(row);
  throw new ConnectionsError({
    code: "not-found",
    message: `there is no management key "${id}"`,
    hint: "List the management keys to see their ids",
  });
}

function columnsOf({ name, permissions = [], models, limits, expiresAt }: ManagementKeyInput) {
  return {
    name: name.trim(),
    name_key: nameKey(name),
    permissions: JSON.stringify([...new Set(permissions)]),
    ...grantColumns({ models, limits, expiresAt }),
  };
}

function toManagementKey(row: ManagementKeyRow): ManagementKey {
  // Written above. A newer version may know more permissions; they mean nothing here.
  const permissions = (JSON.parse(row.permissions) as string[]).filter(isPermission);
  return { ...toGrant(row), permissions };
}
