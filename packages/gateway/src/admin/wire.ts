/** What the admin API sends, for the console and other clients. Nothing here holds a secret. */
import type {
  Card,
  CardLine,
  Diagnosis,
  EffectiveAddress,
  FieldIssue,
  FormField,
  FormSection,
  FoundServer,
  KeyDescription,
  Profile,
  Step,
} from "@lumiverse/connections";
import type { JsonObject, JsonSchema } from "@lumiverse/core";
import type { KeyUse, VirtualKey } from "../keys/key.ts";

/** An error of the admin API, under `error` of the body. */
export interface AdminErrorBody {
  /** A word to branch on: a code of `LumiverseError` or `ConnectionsError`, `signed-out`, `forbidden`, `read-only` or `too-large`. */
  code: string;
  message: string;
  hint?: string;
  /** Problems by field. */
  issues?: readonly FieldIssue[];
  /** For `conflict`: what is stored now. */
  current?: unknown;
}

/** The process behind the page. */
export interface AdminInfo {
  version: string;
  /** Where programs reach the gateway, such as `http://127.0.0.1:4141`. */
  address: string;
  /** True when stored keys cannot be read, because the master key is missing or wrong. */
  vaultLocked: boolean;
  /** True when demo connections are offered. */
  demo: boolean;
}

export interface ProviderSummary {
  id: string;
  name: string;
  /** The vendor's documentation. */
  docs: string;
  credential: "api-key" | "service-account" | "none";
  requiresKey: boolean;
  /** Where a person makes a key. */
  keyPage?: string;
  /** The vendor's own address. Absent: the person gives one. */
  base?: string;
  canSignIn: boolean;
}

/** The form of a provider's connection: `form()` of `@lumiverse/connections` without its functions. */
export interface ProviderForm {
  provider: ProviderSummary;
  schema: JsonSchema;
  uiSchema: JsonObject;
  sections: readonly FormSection[];
  fields: readonly FormField[];
}

/** Values of a form that are not saved yet. */
export interface Draft {
  values: JsonObject;
  /** The connection that is edited. Its stored key is used while provider and origin stay the same. */
  editing?: string;
}

/** What can be said about a draft without sending anything. */
export interface DraftPreview {
  issues: readonly FieldIssue[];
  address?: EffectiveAddress;
  /** Why the address is not known. */
  addressProblem?: string;
  key?: KeyDescription;
  /** The lines that the connection's card would have. Absent while the draft has problems. */
  lines?: readonly CardLine[];
}

export interface ConnectionView {
  profile: Profile;
  card: Card;
  provider: { id: string; name: string };
  /** True for a connection of the demo: it answers from recorded fixtures and cannot be changed. */
  demo: boolean;
}

/** One connection with the values of its form. */
export interface ConnectionDetail extends ConnectionView {
  values: JsonObject;
}

/** A local server that was found, and the connection that already uses it. */
export interface DiscoveredServer extends FoundServer {
  /** The name of the connection with the same address. */
  usedBy?: string;
}

/** A line of the doctor's report. The last one has the diagnosis. */
export type DiagnosisEvent = { type: "step"; step: Step } | { type: "diagnosis"; diagnosis: Diagnosis };

export interface SignInStarted {
  /** Opens the sign-in when the person comes back. */
  token: string;
  /** The vendor's page. */
  url: string;
  /** ISO date and time. */
  expiresAt: string;
}

export interface KeyView {
  key: VirtualKey;
  use: KeyUse;
}
