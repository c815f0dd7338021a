/** Reads an exported file. The file is not trusted: it is shown first, and nothing of it is stored or sent before the person agrees. */

import { isLumiverseError, type JsonObject } from "@lumiverse/core";
import { wordOf } from "@lumiverse/core/provider";
import { ConnectionsError, type FieldIssue, invalid, isConnectionsError } from "../error.ts";
import { readAddress } from "../profile/address.ts";
import type { Profile, ProfileInput } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";
import { isRecord } from "../profile/secret-settings.ts";
import { migrateSettings } from "../profile/settings-migration.ts";
import { checkInput, nameIssues } from "../profile/validate.ts";
import { importKey, unseal } from "../vault/cipher.ts";
import { deriveKey, readDerivation } from "../vault/derivation.ts";
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
  provider: string;
  model: string;
  /** The host that the key would be sent to. */
  origin: string;
  hasKey: boolean;
  /** Problems that keep the entry from being imported. */
  issues: readonly FieldIssue[];
}

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
  const { entries, secrets } = await readExport(text, passphrase);
  return { secrets, entries: await Promise.all(entries.map((entry, index) => previewOf(profiles, entry, index))) };
}

/**
 * Imports the entries that the person agreed to, as new profiles. Names that are taken get a number. No entry receives a key that is stored already, and none
 * becomes the default, unless there is no other profile. All or nothing for each entry.
 */
export async function importProfiles(
  profiles: Profiles,
  text: string,
  accepted: readonly number[],
  passphrase?: string,
): Promise<Profile[]> {
  const { entries } = await readExport(text, passphrase);
  const taken = new Set((await profiles.list()).map(({ name }) => name.toLowerCase()));
  const imported: Profile[] = [];
  for (const index of accepted) {
    const entry = entries[index];
    if (entry === undefined) throw invalid([{ path: String(index), message: "there is no such entry in the file" }]);
    const input = await upToDate(profiles, entry);
    const name = freeName(input.name, taken);
    taken.add(name.toLowerCase());
    imported.push(await profiles.create({ ...input, name }));
  }
  return imported;
}

/** Everything that would keep the entry from being imported is found here, so that an import does not end halfway. */
async function previewOf(profiles: Profiles, entry: FileEntry, index: number): Promise<ImportEntry> {
  const { name, provider: id, model = "", baseURL, key } = entry.input;
  const shown = { index, name, provider: id, model, hasKey: key !== undefined };
  let origin = "";
  try {
    const provider = profiles.provider(id);
    const { allowHttp = false } = profiles.connectOptions;
    origin = readAddress(provider, baseURL, allowHttp).address?.origin ?? "";
    const { issues = [] } = await checkInput(provider, await upToDate(profiles, entry), { allowHttp });
    return { ...shown, origin, issues: [...nameIssues(name), ...issues] };
  } catch (cause) {
    if (!isLumiverseError(cause) && !isConnectionsError(cause)) throw cause;
    return { ...shown, origin, issues: [{ path: isConnectionsError(cause) ? "settings" : "provider", message: cause.message }] };
  }
}

/** The settings as the installed package has them now. @throws ConnectionsError `newer-schema` */
async function upToDate(profiles: Profiles, { input, settingsVersion }: FileEntry): Promise<ProfileInput> {
  const { migrations = [] } = (await profiles.provider(input.provider).settings?.()) ?? {};
  const version = settingsVersion ?? migrations.length;
  return { ...input, settings: migrateSettings(migrations, input.provider, input.settings ?? {}, version) };
}

async function readExport(text: string, passphrase: string | undefined): Promise<ReadFile> {
  const file = parse(text);
  const list = file["profiles"];
  if (file["format"] !== "lumiverse-connections" || !Array.isArray(list)) throw wrongFile("it is no export of connections");
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
    if (isRecord(value)) return value;
  } catch {
    // Reported below, without quoting the file.
  }
  throw wrongFile("it is no JSON object");
}

/** Only known fields are read, and each has its type. An id in the file means nothing. */
function readEntry(entry: unknown, index: number, secrets: ExportedSecrets | undefined): FileEntry {
  if (!isRecord(entry)) throw wrongFile(`entry ${index} is no object`);
  const { name, provider, model, baseURL, auth, settings, settingsVersion: version, reasoning } = entry;
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
    settings: secrets?.settings ?? (isRecord(settings) ? settings : {}),
    // `create` checks what it holds.
    ...(isRecord(reasoning) ? { reasoning: reasoning as NonNullable<ProfileInput["reasoning"]> } : {}),
  };
  return { input, settingsVersion: version === undefined ? undefined : Number(version) };
}

async function unsealSecrets(sealed: unknown, passphrase: string): Promise<ExportedSecrets[]> {
  const derivation = isRecord(sealed) ? readDerivation(sealed["derivation"]) : undefined;
  const { nonce, ciphertext } = isRecord(sealed) ? sealed : {};
  if (derivation === undefined || typeof nonce !== "string" || typeof ciphertext !== "string")
    throw wrongFile("its secrets cannot be read");
  const key = await importKey(await deriveKey(passphrase, derivation));
  const text = await unseal(key, { nonce, ciphertext }, EXPORT_PURPOSE);
  if (text === undefined)
    throw new ConnectionsError({ code: "invalid", message: "the passphrase is wrong, or the file was changed", hint: "Try again" });
  return readSecrets(JSON.parse(text));
}

/** Whoever knows the passphrase can have sealed anything. */
function readSecrets(value: unknown): ExportedSecrets[] {
  if (!Array.isArray(value)) throw wrongFile("its secrets cannot be read");
  return value.map((one: unknown) => {
    const { key, settings } = isRecord(one) ? one : {};
    return { ...(typeof key === "string" ? { key } : {}), ...(isRecord(settings) ? { settings } : {}) };
  });
}

function wrongFile(why: string): ConnectionsError {
  return new ConnectionsError({
    code: "invalid",
    message: `the file cannot be imported: ${why}`,
    hint: "Choose a file that exportProfiles wrote",
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name.toLowerCase())) return name;
  for (let number = 2; ; number++) {
    const candidate = `${name.slice(0, 90)} (${number})`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
