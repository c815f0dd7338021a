/** Profiles as a file: without secrets, or with them under a passphrase. */
import type { JsonObject } from "@lumiverse/core";
import { ConnectionsError } from "../error.ts";
import type { Auth, Profile, ReasoningBinding } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";
import { importKey, type Sealed, seal } from "../vault/cipher.ts";
import { type Derivation, deriveKey, newDerivation } from "../vault/derivation.ts";

/** The content of the file, as JSON. */
export interface ExportFile {
  format: "lumiverse-connections";
  version: 1;
  exportedAt: string;
  profiles: readonly ExportedProfile[];
  /** Present when the file was exported with a passphrase. */
  secrets?: Sealed & { derivation: Derivation };
}

export interface ExportedProfile {
  name: string;
  provider: string;
  model: string;
  baseURL?: string;
  auth: Auth;
  settings: JsonObject;
  /** The version of the settings, so that a later release of the provider's package can migrate them. Absent: the current one. */
  settingsVersion?: number;
  reasoning?: ReasoningBinding;
  /** False for a profile that is switched off. */
  isEnabled?: boolean;
}

/** What the sealed part holds: one entry for each profile, in the same order. */
export interface ExportedSecrets {
  key?: string;
  /** All settings, with the secret ones. */
  settings?: JsonObject;
}

export interface ExportOptions {
  /** Which profiles. Default: all. */
  ids?: readonly string[];
  /** Exports the secrets, too, encrypted with this passphrase. Absent: the file holds none. */
  passphrase?: string;
  /** Cost of the key derivation: scrypt's N, a power of two. Default 2^17. */
  cost?: number;
}

/** Associated data of the sealed part. */
export const EXPORT_PURPOSE: readonly string[] = ["export", "1"];

/** @throws ConnectionsError `vault-locked` for an export with secrets from a locked vault, `invalid` for a short passphrase */
export async function exportProfiles(profiles: Profiles, { ids, passphrase, cost }: ExportOptions = {}): Promise<string> {
  const all = await profiles.list();
  const chosen = ids === undefined ? all : await Promise.all(ids.map((id) => profiles.get(id)));
  const file: ExportFile = {
    format: "lumiverse-connections",
    version: 1,
    exportedAt: new Date().toISOString(),
    profiles: chosen.map(exported),
    ...(passphrase === undefined ? {} : { secrets: await sealedSecrets(profiles, chosen, passphrase, cost) }),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function exported({ name, provider, model, baseURL, auth, settings, settingsVersion, reasoning, isEnabled }: Profile): ExportedProfile {
  return {
    name,
    provider,
    model,
    ...(baseURL === undefined ? {} : { baseURL }),
    auth,
    settings,
    settingsVersion,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(isEnabled ? {} : { isEnabled }),
  };
}

async function sealedSecrets(
  profiles: Profiles,
  chosen: readonly Profile[],
  passphrase: string,
  cost: number | undefined,
): Promise<NonNullable<ExportFile["secrets"]>> {
  if (passphrase.length < 8)
    throw new ConnectionsError({ code: "invalid", message: "the passphrase is shorter than 8 characters", hint: "Choose a longer one" });
  const entries: ExportedSecrets[] = [];
  for (const { id } of chosen) {
    const { key, settings } = await profiles.source(id);
    entries.push({ ...(key === undefined ? {} : { key }), settings });
  }
  const derivation = newDerivation(cost);
  const key = await importKey(await deriveKey(passphrase, derivation));
  return { derivation, ...(await seal(key, JSON.stringify(entries), EXPORT_PURPOSE)) };
}
