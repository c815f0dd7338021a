import type { JsonObject, ReasoningRequest } from "@lumiverse/core";

/** What a person sets up once: a provider with its address, model and settings. It holds no secret. */
export interface Profile {
  readonly id: string;
  /** Unique, whatever the case of its letters. */
  readonly name: string;
  /** The provider's id. */
  readonly provider: string;
  /** Empty: none chosen yet. */
  readonly model: string;
  /** As the person typed it. Absent: the provider's own address. */
  readonly baseURL?: string;
  /** The base URL as it was completed when the profile was saved. */
  readonly resolvedURL?: string;
  /** Where the secrets belong: the origin of the base URL. */
  readonly origin: string;
  readonly auth: Auth;
  /** As the provider's schema defines them, without secret settings. */
  readonly settings: JsonObject;
  /** The version of `settings`: how many of the provider's migrations they have gone through. */
  readonly settingsVersion: number;
  readonly reasoning?: ReasoningBinding;
  readonly isDefault: boolean;
  /** False while it is switched off, for example because its vendor is down: `open` refuses it, and lists of models and fallbacks leave it out. */
  readonly isEnabled: boolean;
  /** Rises with every change. An update that names an older one is refused. */
  readonly revision: number;
  /** ISO date and time. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Which secrets are stored. Never their values. */
  readonly secrets: SecretStatus;
}

/**
 * Where the key comes from. `key`: the vault. `none`: calls carry no key, even where the environment has one. `environment`: the provider's environment
 * variable, for the vendor's own origin alone.
 */
export type Auth = "key" | "none" | "environment";

export interface SecretStatus {
  /** `missing`: the profile uses a key and has none. `not-used`: `auth` is another than `key`. */
  readonly key: "set" | "missing" | "not-used";
  /** When the secrets last changed, as ISO date and time. Other changes of the profile leave it as it is. Absent: there are none. */
  readonly setAt?: string;
}

/** The reasoning settings of a profile. A request can override the effort. */
export interface ReasoningBinding {
  /** Absent: the vendor's default. */
  effort?: ReasoningRequest;
  /** Whether front ends show the reasoning. Default true. */
  show?: boolean;
  /** Reasoning of earlier answers. `keep`: sent back. `strip`: left out. A number: sent back for that many of the last answers. Default `keep`. */
  history?: "keep" | "strip" | number;
}

/** A profile as a person enters it. */
export interface ProfileInput {
  name: string;
  provider: string;
  model?: string;
  /** Null or empty: the provider's own. */
  baseURL?: string | null;
  /** Default `key` when a key is given or the provider requires one, else `none`. */
  auth?: Auth;
  /** The secret: an API key, or a service account's JSON. */
  key?: string;
  /** Secret settings are stored in the vault. */
  settings?: JsonObject;
  reasoning?: ReasoningBinding | null;
  isDefault?: boolean;
  /** Default true. */
  isEnabled?: boolean;
}

/** Changes to a profile. An absent field stays as it is; `settings` replaces all settings that are not secret. */
export interface ProfileChanges {
  name?: string;
  provider?: string;
  model?: string;
  baseURL?: string | null;
  auth?: Auth;
  /** A text replaces the stored key, null removes it. */
  key?: string | null;
  /** A secret setting that is absent stays as it is; null removes it. */
  settings?: JsonObject;
  reasoning?: ReasoningBinding | null;
  /** False switches it off, true on again. */
  isEnabled?: boolean;
}
