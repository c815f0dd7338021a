/** Reads an exported file. The file is not trusted: it is shown first, and nothing of it is stored or sent before the person agrees. */

import { isLumiverseError, type JsonObject } from "@lumiverse/core";
import { wordOf } from "@lumiverse/core/provider";
import { ConnectionsError, type FieldIssue, invalid, isConnectionsError } from "../error.ts";
import { readAddress } from "../profile/address.ts";
import type { Profile, ProfileInput } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";
import { isRecord } from "../profile/secret-settings.ts";
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
  inputs: ProfileInput[];
  secrets: ImportPreview["secrets"];
}

/** Shows what is in a file. Stores nothing. @throws ConnectionsError `invalid` for another kind of file or a wrong passphrase */
export async function previewImport(profiles: Profiles, text: string, passphrase?: string): Promise<ImportPreview> {
  const { inputs, secrets } = await readExport(text, passphrase);
  return { secrets, entries: inputs.map((input, index) => entryOf(profiles, input, index)) };
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
  const { inputs } = await readExport(text, passphrase);
  const taken = new Set((await profiles.list()).map(({ name }) => name.toLowerCase()));
  const imported: Profile[] = [];
  for (const index of accepted) {
    const input = inputs[index];
    if (input === undefined) throw invalid([{ path: String(index), message: "there is no such entry in the file" }]);
    const name = freeName(input.name, taken);
    taken.add(name.toLowerCase());
    imported.push(await profiles.create({ ...input, name }));
  }
  return imported;
}

function entryOf(profiles: Profiles, { name, provider, model = "", baseURL, key }: ProfileInput, index: number): ImportEntry {
  const entry = { index, name, provider, model, hasKey: key !== undefined };
  try {
    const { address, issue } = readAddress(profiles.provider(provider), baseURL, profiles.connectOptions.allowHttp);
    return { ...entry, origin: address?.origin ?? "", issues: issue === undefined ? [] : [issue] };
  } catch (cause) {
    if (!isLumiverseError(cause) && !isConnectionsError(cause)) throw cause;
    return { ...entry, origin: "", issues: [{ path: "provider", message: cause.message }] };
  }
}

async function readExport(text: string, passphrase: string | undefined): Promise<ReadFile> {
  const file = parse(text);
  const list = file["profiles"];
  if (file["format"] !== "lumiverse-connections" || !Array.isArray(list)) throw wrongFile("it is no export of connections");
  if (file["version"] !== 1) throw wrongFile(`its version is ${wordOf(file["version"])}, and this one reads version 1`);
  const sealed = file["secrets"];
  const secrets = sealed === undefined || passphrase === undefined ? undefined : await unsealSecrets(sealed, passphrase);
  return {
    inputs: list.map((entry: unknown, index) => inputOf(entry, index, secrets?.[index])),
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
function inputOf(entry: unknown, index: number, secrets: ExportedSecrets | undefined): ProfileInput {
  if (!isRecord(entry)) throw wrongFile(`entry ${index} is no object`);
  const { name, provider, model, baseURL, auth, settings, reasoning } = entry;
  if (typeof name !== "string" || typeof provider !== "string") throw wrongFile(`entry ${index} has no name or no provider`);
  const usesKey = auth === "key" || auth === undefined;
  return {
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
  // Only `exportProfiles` seals for this purpose.
  return JSON.parse(text) as ExportedSecrets[];
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
