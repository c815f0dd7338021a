import { invalidFields, isConnectionsError, type ProfileInput, type Profiles } from "@lumiverse/connections";
import { isLumiverseError } from "@lumiverse/core";
import type { KeyStore } from "../keys/keys.ts";
import type { ManagementKeyStore } from "../keys/management-keys.ts";
import type { AliasInput } from "../routing/alias.ts";
import { type AliasStore, aliasKey } from "../routing/alias-rows.ts";
import { missingTargets } from "../routing/missing-targets.ts";
import type { GatewayConfig } from "./config.ts";

/**
 * Brings the store in line with a configuration file. Several processes may do so at once. Keys and aliases that an earlier file defined and this one does
 * not are revoked and removed; connections stay, because their calls are in the ledger and people may use them.
 * @throws ConnectionsError `invalid`, with the path of the problem in the file
 */
export async function applyConfig(
  { connections, aliases, keys, managementKeys = [] }: GatewayConfig,
  store: { profiles: Profiles; aliases: AliasStore; keys: KeyStore; managementKeys: ManagementKeyStore },
): Promise<void> {
  for (const connection of connections) await within(`connections.${connection.name}`, () => saveConnection(store.profiles, connection));
  await assertTargets(aliases, store.profiles);
  for (const alias of aliases) await within(placeOf(alias), () => saveAlias(store.aliases, alias));
  for (const key of keys) await within(`keys.${key.name}`, () => store.keys.saveFromFile(key));
  for (const key of managementKeys) await within(`managementKeys.${key.name}`, () => store.managementKeys.saveFromFile(key));
  const aliasNames = new Set(aliases.map(({ name }) => aliasKey(name)));
  for (const { name, fromFile } of await store.aliases.list())
    if (fromFile && !aliasNames.has(aliasKey(name))) await store.aliases.remove(name);
  const keyNames = new Set(keys.map(({ name }) => aliasKey(name)));
  for (const { id, name, fromFile, revokedAt } of await store.keys.list())
    if (fromFile && revokedAt === undefined && !keyNames.has(aliasKey(name))) await store.keys.revoke(id);
  const managementNames = new Set(managementKeys.map(({ name }) => aliasKey(name)));
  for (const { id, name, fromFile, revokedAt } of await store.managementKeys.list())
    if (fromFile && revokedAt === undefined && !managementNames.has(aliasKey(name))) await store.managementKeys.revoke(id);
}

/** @throws ConnectionsError `invalid` for aliases that no connection serves: in a file, that is a mistake */
async function assertTargets(aliases: GatewayConfig["aliases"], profiles: Profiles): Promise<void> {
  const names = { profiles: new Map((await profiles.list()).map((profile) => [aliasKey(profile.name), profile])) };
  const missing = aliases.flatMap((alias) =>
    missingTargets([alias], names).map(({ index, message }) => {
      const path = pathInFile(alias, `targets.${index}`);
      return { path: path === "" ? placeOf(alias) : `${placeOf(alias)}.${path}`, message };
    }),
  );
  if (missing.length > 0) throw invalidFields(missing);
}

/** A file has single targets in one section, and lists with their policy in another. */
function placeOf({ name, policy }: AliasInput): string {
  return `${policy === undefined ? "aliases" : "fallbacks"}.${name}`;
}

/** The path of a stored alias's field below its place in the file, where a list has the fields of its policy, and a single target is the entry itself. */
function pathInFile({ policy }: AliasInput, path: string): string {
  const ofEntry = path.replace(/^(targets\.\d+)\.target$/, "$1");
  return policy === undefined ? ofEntry.replace(/^targets\.0\.?/, "") : ofEntry.replace(/^policy\./, "");
}

async function saveAlias(store: AliasStore, alias: AliasInput): Promise<void> {
  try {
    await store.saveFromFile(alias);
  } catch (cause) {
    if (!isConnectionsError(cause) || cause.issues.length === 0) throw cause;
    throw invalidFields(cause.issues.map(({ path, message }) => ({ path: pathInFile(alias, path), message })));
  }
}

/** Creates a connection, or changes the one of this name. One that already matches the file is not changed, so that its open connections stay open. */
async function saveConnection(profiles: Profiles, input: ProfileInput): Promise<void> {
  const existing = await profiles.find(input.name);
  if (existing === undefined) {
    try {
      await profiles.create(input);
      return;
    } catch (cause) {
      // Another process has created it meanwhile.
      if ((await profiles.find(input.name)) === undefined) throw cause;
      return saveConnection(profiles, input);
    }
  }
  const { provider, model = "", baseURL = null, auth, key, settings = {}, reasoning = null, isDefault } = input;
  const stored = await profiles.source(existing.id);
  const same =
    existing.provider === provider &&
    existing.model === model &&
    (existing.baseURL ?? null) === baseURL &&
    (auth === undefined || existing.auth === auth) &&
    (key === undefined || stored.key === key) &&
    JSON.stringify(stored.settings) === JSON.stringify(settings) &&
    JSON.stringify(existing.reasoning ?? null) === JSON.stringify(reasoning);
  if (!same)
    await profiles.update(existing.id, {
      provider,
      model,
      baseURL,
      ...(auth === undefined ? {} : { auth }),
      ...(key === undefined ? {} : { key }),
      settings,
      reasoning,
    });
  if (isDefault === true && !existing.isDefault) await profiles.setDefault(existing.id);
}

/** Problems are named by their place in the file. */
async function within(path: string, run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    // The registry refuses providers that are not installed, and its errors name no field.
    if (isLumiverseError(cause) && cause.code === "configuration")
      throw invalidFields([{ path: `${path}.${cause.field ?? "provider"}`, message: cause.message }], cause.hint);
    if (!isConnectionsError(cause)) throw cause;
    if (cause.issues.length === 0) throw invalidFields([{ path, message: cause.message }], cause.hint);
    throw invalidFields(
      cause.issues.map((issue) => ({ path: issue.path === "" ? path : `${path}.${issue.path}`, message: issue.message })),
      cause.hint,
    );
  }
}
