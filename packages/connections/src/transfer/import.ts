/** Reads an exported file. The file is not trusted: it is shown first, and nothing of it is stored or sent before the person agrees. */

import { isLumiverseError, type JsonObject } from "@lumiverse/core";
import { isObject, wordOf } from "@lumiverse/core/provider";
import { ConnectionsError, type FieldIssue, invalidFields, isConnectionsError } from "../error.ts";
import { readAddress } from "../profile/address.ts";
import type { Profile, ProfileInput } from "../profile/profile.ts";
import { nameKey } from "../profile/profile-rows.ts";
import type { Profiles } from "../profile/profiles.ts";
import { secretPaths, splitSettings } from "../profile/secret-settings.ts";
import { migrateSettings } from "../profile/settings-migration.ts";
import { checkInput, nameIssues } from "../profile/validate.ts";
import { importKey, unseal } from "../vault/cipher.ts";
import { deriveKey, readDerivation } from "../vault/derivation.ts";
import { isEqualJson } from "./equal-json.ts";
import { EXPORT_PURPOSE, type ExportedSecrets } from "./export.ts";

/** What an import would do. */
export interface ImportPreview {
  entries: readonly ImportEntry[];
  /** `sealed`: the file has secrets, and no passphrase was given. */
  secrets: "none" | "sealed" | "readable";
}

export interface ImportEntry {
  /** Position in the file, from 0. */
  index: number;
  name: string;
  /** The name that the connection gets when all entries are imported: one that is taken receives a number. */
  storedAs: string;
  /** The name of a stored connection with the same provider, address, model, settings, reasoning and kind of authentication. */
  sameAs?: string;
  provider: string;
  model: string;
  /** The host that the key would be sent to. */
  origin: string;
  hasKey: boolean;
  /** False for a connection that arrives switched off. */
  isEnabled: boolean;
  /** Problems that keep the entry from being imported. */
  issues: readonly FieldIssue[];
}

/** The most connections of one file. */
const MOST_ENTRIES = 10_000;

interface ReadFile {
  entries: FileEntry[];
  secrets: ImportPreview["secrets"];
}

interface FileEntry {
  input: ProfileInput;
  settingsVersion: number | undefined;
}

/** Shows what is in a file. Stores nothing. @throws ConnectionsError `invalid` for another kind of file or a wrong passphrase */
export async function previewImport(profiles: Profiles, text: string, passphrase?: string): Promise<ImportPreview> {
  const { entries: inFile, secrets } = await readExport(text, passphrase);
  const stored = await profiles.list();
  const freeName = freeNames(stored);
  const entries: ImportEntry[] = [];
  for (const [index, entry] of inFile.entries()) {
    const { input, origin, issues } = await checkEntry(profiles, entry);
    const shown = issues.length > 0 ? undefined : await shownSettings(profiles, input);
    const same = shown && stored.find((profile) => isSame(profile, { ...input, settings: shown }, origin));
    entries.push({
      index,
      name: input.name,
      storedAs: issues.length > 0 ? input.name : freeName(input.name),
      ...(same === undefined ? {} : { sameAs: same.name }),
      provider: input.provider,
      model: input.model ?? "",
      origin,
      hasKey: input.key !== undefined,
      isEnabled: input.isEnabled !== false,
      issues,
    });
  }
  return { secrets, entries };
}

/**
 * Imports the entries that the person agreed to, as new profiles. Names that are taken get a number. No entry receives a key that is stored already, and none
 * becomes the default, unless there is no other profile. Nothing is imported when an accepted entry has a problem.
 * @throws ConnectionsError `invalid` for an entry that cannot be imported or does not exist
 */
export async function importProfiles(
  profiles: Profiles,
  text: string,
  accepted: readonly number[],
  passphrase?: string,
): Promise<Profile[]> {
  const { entries } = await readExport(text, passphrase);
  const inputs: ProfileInput[] = [];
  const issues: FieldIssue[] = [];
  for (const index of new Set(accepted)) {
    const entry = entries[index];
    const found =
      entry === undefined ? { issues: [{ path: "", message: "there is no such entry in the file" }] } : await checkEntry(profiles, entry);
    issues.push(...found.issues.map(({ path, message }) => ({ path: path === "" ? String(index) : `${index}.${path}`, message })));
    if ("input" in found) inputs.push(found.input);
  }
  if (issues.length > 0) throw invalidFields(issues);
  const freeName = freeNames(await profiles.list());
  const imported: Profile[] = [];
  for (const input of inputs) imported.push(await profiles.create({ ...input, name: freeName(input.name) }));
  return imported;
}

/** An entry with its settings in the current version, the host that it sends its key to, and the problems that keep it from being stored. */
async function checkEntry(profiles: Profiles, entry: FileEntry): Promise<Pick<ImportEntry, "origin" | "issues"> & { input: ProfileInput }> {
  const { allowHttp = false } = profiles.connectOptions;
  let { input } = entry;
  try {
    const provider = profiles.provider(input.provider);
    input = await upToDate(profiles, entry);
    const { address } = readAddress(provider, input.baseURL, allowHttp);
    const { issues = [] } = await checkInput(provider, input, { allowHttp });
    return { input, origin: address?.origin ?? "", issues: [...nameIssues(input.name), ...issues] };
  } catch (cause) {
    if (!isLumiverseError(cause) && !isConnectionsError(cause)) throw cause;
    return { input, origin: "", issues: [{ path: isConnectionsError(cause) ? "settings" : "provider", message: cause.message }] };
  }
}

/** The entry with its settings in the current version. @throws ConnectionsError `newer-schema` */
async function upToDate(profiles: Profiles, { input, settingsVersion }: FileEntry): Promise<ProfileInput> {
  const { migrations = [] } = (await profiles.provider(input.provider).settings?.()) ?? {};
  const version = settingsVersion ?? migrations.length;
  return { ...input, settings: migrateSettings(migrations, input.provider, input.settings ?? {}, version) };
}

/** The settings without the secret ones, as a stored profile has them. */
async function shownSettings(profiles: Profiles, { provider, settings = {} }: ProfileInput): Promise<JsonObject> {
  const { fields = [] } = (await profiles.provider(provider).settings?.()) ?? {};
  return splitSettings(settings, secretPaths(fields)).shown;
}

/** @param input Without secret settings: nobody learns from a preview whether they are the same */
function isSame(
  { provider, model, origin, baseURL, auth, settings, reasoning }: Profile,
  input: ProfileInput,
  inputOrigin: string,
): boolean {
  return (
    provider === input.provider &&
    model === (input.model ?? "") &&
    origin === inputOrigin &&
    (baseURL ?? "") === (input.baseURL ?? "") &&
    auth === input.auth &&
    isEqualJson(settings, input.settings) &&
    isEqualJson(reasoning, input.reasoning)
  );
}

/** Gives each name once: one that is taken receives a number. */
function freeNames(stored: readonly Profile[]): (name: string) => string {
  const taken = new Set(stored.map(({ name }) => nameKey(name)));
  /** The last number that a name received, so that many equal names take linear time. */
  const numbers = new Map<string, number>();
  return (given) => {
    const name = given.trim();
    let free = name;
    for (let number = numbers.get(name) ?? 2; taken.has(nameKey(free)); number++) {
      free = `${name.slice(0, 90)} (${number})`;
      numbers.set(name, number);
    }
    taken.add(nameKey(free));
    return free;
  };
}

async function readExport(text: string, passphrase: string | undefined): Promise<ReadFile> {
  const file = parse(text);
  const list = file["profiles"];
  if (file["format"] !== "lumiverse-connections" || !Array.isArray(list)) throw wrongFile("it is no export of connections");
  if (list.length > MOST_ENTRIES) throw wrongFile(`it has more than ${MOST_ENTRIES} connections`);
  if (file["version"] !== 1) throw wrongFile(`its version is ${wordOf(file["version"])}, and this one reads version 1`);
  const sealed = file["secrets"];
  const secrets = sealed === undefined || passphrase === undefined ? undefined : await unsealSecrets(sealed, passphrase);
  return {
    entries: list.map((entry: unknown, index) => readEntry(entry, index, secrets?.[index])),
    secrets: sealed === undefined ? "none" : secrets === undefined ? "sealed" : "readable",
  };
}

function parse(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Reported below, without quoting the file.
  }
  throw wrongFile("it is no JSON object");
}

/** Only known fields are read, and each has its type. An id in the file means nothing. */
function readEntry(entry: unknown, index: number, secrets: ExportedSecrets | undefined): FileEntry {
  if (!isObject(entry)) throw wrongFile(`entry ${index} is no object`);
  const { name, provider, model, baseURL, auth, settings, settingsVersion: version, reasoning, isEnabled } = entry;
  if (typeof name !== "string" || typeof provider !== "string") throw wrongFile(`entry ${index} has no name or no provider`);
  if (version !== undefined && !(Number.isSafeInteger(version) && Number(version) >= 0))
    throw wrongFile(`the version of the settings of entry ${index} is no number`);
  const usesKey = auth === "key" || auth === undefined;
  const input: ProfileInput = {
    name: name.replace(/\p{Cc}/gu, " ").slice(0, 100),
    provider,
    ...(typeof model === "string" ? { model } : {}),
    ...(typeof baseURL === "string" ? { baseURL } : {}),
    auth: auth === "none" || auth === "environment" ? auth : "key",
    ...(usesKey && secrets?.key !== undefined ? { key: secrets.key } : {}),
    settings: secrets?.settings ?? (isObject(settings) ? settings : {}),
    // `create` checks what it holds.
    ...(isObject(reasoning) ? { reasoning: reasoning as NonNullable<ProfileInput["reasoning"]> } : {}),
    ...(isEnabled === false ? { isEnabled } : {}),
  };
  return { input, settingsVersion: version === undefined ? undefined : Number(version) };
}

async function unsealSecrets(sealed: unknown, passphrase: string): Promise<ExportedSecrets[]> {
  const derivation = isObject(sealed) ? readDerivation(sealed["derivation"]) : undefined;
  const { nonce, ciphertext } = isObject(sealed) ? sealed : {};
  if (derivation === undefined || typeof nonce !== "string" || typeof ciphertext !== "string")
    throw wrongFile("its secrets cannot be read");
  const key = await importKey(await deriveKey(passphrase, derivation));
  const text = await unseal(key, { nonce, ciphertext }, EXPORT_PURPOSE);
  if (text === undefined)
    throw new ConnectionsError({ code: "invalid", message: "the passphrase is wrong, or the file was changed", hint: "Try again" });
  return readSecrets(text);
}

/** Keeps only fields of the right type, because whoever knows the passphrase can have sealed anything. */
function readSecrets(text: string): ExportedSecrets[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below, without quoting the secrets.
  }
  if (!Array.isArray(value)) throw wrongFile("its secrets cannot be read");
  return value.map((one: unknown) => {
    const { key, settings } = isObject(one) ? one : {};
    return { ...(typeof key === "string" ? { key } : {}), ...(isObject(settings) ? { settings } : {}) };
  });
}

function wrongFile(why: string): ConnectionsError {
  return new ConnectionsError({
    code: "invalid",
    message: `the file cannot be imported: ${why}`,
    hint: "Choose a file that an export of connections wrote",
  });
}
