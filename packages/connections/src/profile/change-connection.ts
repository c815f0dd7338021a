/** A change of provider, address, key, settings or reasoning, which decides what becomes of the stored secrets. */
import type { JsonObject, Registry } from "@lumiverse/core";
import { valueAt } from "../dotted-path.ts";
import { ConnectionsError, type FieldIssue, invalidFields } from "../error.ts";
import type { Write } from "../store/store.ts";
import type { ProfileRow } from "../store/tables.ts";
import type { Secrets, Vault } from "../vault/vault.ts";
import type { Auth, ProfileChanges, ProfileInput } from "./profile.ts";
import { type JoinedRow, reasoningText } from "./profile-rows.ts";
import { splitSettings } from "./secret-settings.ts";
import { checkInput } from "./validate.ts";

export interface ChangeContext {
  registry: Registry;
  vault: Vault;
  allowHttp: boolean;
  /** All settings of a row in the current version, divided into those that are shown and those that are secret. */
  currentSettings(row: JoinedRow, secrets: Secrets): Promise<ReturnType<typeof splitSettings>>;
}

/**
 * The columns of the change. Writes the secrets.
 * @throws ConnectionsError `invalid`, `key-required`
 */
export async function changeConnection(
  write: Write,
  row: JoinedRow,
  changes: ProfileChanges,
  { registry, vault, allowHttp, currentSettings }: ChangeContext,
): Promise<Partial<ProfileRow>> {
  const provider = registry.get(changes.provider ?? row.provider);
  const isNewProvider = provider.id !== row.provider;
  const isSameURL = changes.baseURL === undefined && !isNewProvider;
  const baseURL = changes.baseURL === undefined ? (isNewProvider ? null : row.base_url) : changes.baseURL;
  const stored: Secrets = (row.secrets_at === null ? undefined : await vault.read(write, row.id, row.origin)) ?? {};
  const current = isNewProvider ? { shown: {}, secret: { ...stored.settings } } : await currentSettings(row, stored);
  const given = changes.settings ?? current.shown;
  const input = { ...changedInput(row, changes, isNewProvider), ...(baseURL === null ? {} : { baseURL }), settings: dropNull(given) };
  const checked = await checkInput(provider, input, { allowHttp, hasStoredKey: input.key !== undefined && stored.key !== undefined });
  if (checked.issues !== undefined) throw invalidFields(checked.issues);
  const { address, auth, settings, secretPaths, settingsVersion } = checked.value;
  // A URL that did not change keeps its completed form, even if this version would complete it differently.
  const resolved = isSameURL ? row.resolved_url : (address.resolvedURL ?? null);
  const origin = isSameURL ? row.origin : address.origin;
  const moves = isNewProvider || origin !== row.origin;
  const { shown, secret: givenSecret } = splitSettings(settings, secretPaths);
  // Stored secret settings are laid under the given ones only while they still belong to the address.
  const kept = moves ? {} : Object.fromEntries(Object.entries(current.secret).filter(([path]) => valueAt(given, path) !== null));
  const secret = { ...kept, ...givenSecret };
  if (moves) assertReentered({ ...stored, settings: current.secret }, changes, { auth, secret, origin });
  const storedKey = moves ? undefined : stored.key;
  const secrets = secretsOf(auth, changes.key === undefined ? storedKey : checked.value.key, secret);
  // Secrets that stay as they are keep their time, by which others see that they are still the same.
  if (moves || !areSame(stored, secrets ?? {})) await vault.write(write, row.id, origin, secrets ?? {});
  return {
    provider: provider.id,
    base_url: resolved === null ? null : (baseURL?.trim() ?? null),
    resolved_url: resolved,
    origin,
    auth,
    settings: JSON.stringify(shown),
    settings_version: settingsVersion,
    ...(changes.reasoning === undefined ? {} : { reasoning: reasoningText(changes.reasoning) }),
    ...(isNewProvider && changes.model === undefined ? { model: "" } : {}),
  };
}

/** The credential and the reasoning after a change. A given key sets `auth` to `key`, unless the change sets `auth` itself. */
function changedInput(row: JoinedRow, { auth, key, reasoning }: ProfileChanges, isNewProvider: boolean): Partial<ProfileInput> {
  const storedAuth = isNewProvider ? {} : { auth: row.auth as Auth }; // written by this package
  return {
    ...(auth === undefined ? storedAuth : { auth }),
    ...(key === undefined || key === null ? {} : { key, ...(auth === undefined ? { auth: "key" as const } : {}) }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** What the vault stores. Undefined: nothing. */
export function secretsOf(auth: Auth, key: string | undefined, settings: Readonly<Record<string, unknown>>): Secrets | undefined {
  const kept = auth === "key" && key !== undefined ? { key } : {};
  const secrets: Secrets = Object.keys(settings).length === 0 ? kept : { ...kept, settings };
  return Object.keys(secrets).length === 0 ? undefined : secrets;
}

function areSame(stored: Secrets, next: Secrets): boolean {
  const [before, after] = [stored.settings ?? {}, next.settings ?? {}];
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return stored.key === next.key && [...paths].every((path) => JSON.stringify(before[path]) === JSON.stringify(after[path]));
}

/** @throws ConnectionsError `key-required` when stored secrets belong to another address and are not given again */
function assertReentered(
  stored: Secrets,
  changes: ProfileChanges,
  { auth, secret, origin }: { auth: Auth; secret: Readonly<Record<string, unknown>>; origin: string },
): void {
  const issues: FieldIssue[] = [];
  const message = `the stored value belongs to another address: enter it again for ${origin}`;
  if (stored.key !== undefined && auth === "key" && changes.key === undefined) issues.push({ path: "key", message });
  for (const path of Object.keys(stored.settings ?? {}))
    if (secret[path] === undefined && valueAt(changes.settings, path) !== null) issues.push({ path: `settings.${path}`, message });
  if (issues.length === 0) return;
  throw new ConnectionsError({
    code: "key-required",
    message: `the provider or the address changed, so the stored secrets are not used: enter them again for ${origin}`,
    hint: "Nothing was saved. Pass null to save without them",
    issues,
  });
}

/** Null removes a secret setting, so the schema does not see it. */
function dropNull(settings: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
