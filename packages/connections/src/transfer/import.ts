/** Reads an exported file. The file is not trusted: it is shown first, and nothing of it is stored or sent before the person agrees. */

import { isLumiverseError, type JsonObject } from "@lumiverse/core";
import { wordOf } from "@lumiverse/core/provider";
import { ConnectionsError, type FieldIssue, invalid, isConnectionsError } from "../error.ts";
import { readAddress } from "../profile/address.ts";
import type { Profile, ProfileInput } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";
import { isRecord } from "../profile/secret-settings.ts";
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
  /** The name that the connection gets when all entries are imported: one that is taken receives a number. */
  storedAs: string;
  /** The name of a stored connection with the same provider, address, model and settings. */
  sameAs?: string;
  provider: string;
  model: string;
  /** The host that the key would be sent to. */
  origin: string;
  hasKey: boolean;
  /** Problems that keep the entry from being imported. */
  issues: readonly FieldIssue[];
}

/** Connections of one file. */
const MOST_ENTRIES = 10_000;

interface ReadFile {
  inputs: ProfileInput[];
  secrets: ImportPreview["secrets"];
}

/** Shows what is in a file. Stores nothing. @throws ConnectionsError `invalid` for another kind of file or a wrong passphrase */
export async function previewImport(profiles: Profiles, text: string, passphrase?: string): Promise<ImportPreview> {
  const { inputs, secrets } = await readExport(text, passphrase);
  const stored = await profiles.list();
  const freeName = freeNames(stored);
  const entries: ImportEntry[] = [];
  for (const [index, input] of inputs.entries()) {
    const { origin, issues } = await checkEntry(profiles, input);
    const same = stored.find((profile) => isSame(profile, input, origin));
    entries.push({
      index,
      name: input.name,
      storedAs: issues.length > 0 ? input.name : freeName(input.name),
      ...(same === undefined ? {} : { sameAs: same.name }),
      provider: input.provider,
      model: input.model ?? "",
      origin,
      hasKey: input.key !== undefined,
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
  const { inputs } = await readExport(text, passphrase);
  const chosen = [...new Set(accepted)].map((index) => ({ index, input: inputs[index] }));
  const issues: FieldIssue[] = [];
  for (const { index, input } of chosen) {
    const found =
      input === undefined ? [{ path: "", message: "there is no such entry in the file" }] : (await checkEntry(profiles, input)).issues;
    issues.push(...found.map(({ path, message }) => ({ path: path === "" ? String(index) : `${index}.${path}`, message })));
  }
  if (issues.length > 0) throw invalid(issues);
  const freeName = freeNames(await profiles.list());
  const imported: Profile[] = [];
  for (const { input } of chosen)
    if (input !== undefined) imported.push(await profiles.create({ ...input, name: freeName(input.name) }));
  return imported;
}

/** Where an entry sends its key, and what keeps it from being stored. */
async function checkEntry(profiles: Profiles, input: ProfileInput): Promise<Pick<ImportEntry, "origin" | "issues">> {
  const { allowHttp = false } = profiles.connectOptions;
  try {
    const provider = profiles.provider(input.provider);
    const { address } = readAddress(provider, input.baseURL, allowHttp);
    const { issues = [] } = await checkInput(provider, input, { allowHttp });
    return { origin: address?.origin ?? "", issues: [...nameIssues(input.name), ...issues] };
  } catch (cause) {
    if (!isLumiverseError(cause) && !isConnectionsError(cause)) throw cause;
    return { origin: "", issues: [{ path: "provider", message: cause.message }] };
  }
}

/** Secret settings are not compared: nobody learns from a preview whether they are the same. */
function isSame({ provider, model, origin, settings, baseURL }: Profile, input: ProfileInput, inputOrigin: string): boolean {
  return (
    provider === input.provider &&
    model === (input.model ?? "") &&
    origin === inputOrigin &&
    (baseURL ?? "") === (input.baseURL ?? "") &&
    Object.entries(settings).every(([name, value]) => JSON.stringify(input.settings?.[name]) === JSON.stringify(value))
  );
}

/** Gives each name once: one that is taken receives a number. */
function freeNames(stored: readonly Profile[]): (name: string) => string {
  const taken = new Set(stored.map(({ name }) => name.toLowerCase()));
  /** The number that a name has received last, so that many equal names take no more than linear time. */
  const numbers = new Map<string, number>();
  return (given) => {
    const name = given.trim();
    let free = name;
    for (let number = numbers.get(name) ?? 2; taken.has(free.toLowerCase()); number++) {
      free = `${name.slice(0, 90)} (${number})`;
      numbers.set(name, number);
    }
    taken.add(free.toLowerCase());
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
    hint: "Choose a file that an export of connections wrote",
  });
}
