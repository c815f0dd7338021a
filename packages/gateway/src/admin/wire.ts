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
import type { Permission } from "../keys/permissions.ts";
import type { MissingTarget } from "../routing/missing-targets.ts";

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
  /** For `forbidden`: the permission that the management key lacks. */
  permission?: Permission;
}

/** The process behind the page. */
export interface AdminInfo {
  version: string;
  /** The time here, as ISO date and time: days of the usage end by this clock. */
  now: string;
  /** Where programs reach the gateway, such as `http://127.0.0.1:4141`. */
  address: string;
  /** True when stored keys cannot be read, because the master key is missing or wrong. */
  vaultLocked: boolean;
  /** True when demo connections are offered. */
  demo: boolean;
  /** Targets of aliases and fallback lists that no connection serves. */
  missingTargets: readonly MissingTarget[];
}

/** A provider that is installed. */
export interface ProviderSummary {
  id: string;
  /** As people know it. */
  name: string;
  /** The vendor's documentation. */
  docs: string;
  /** What the vendor asks for. */
  credential: "api-key" | "service-account" | "none";
  /** True when the vendor's own address refuses calls without a key. */
  requiresKey: boolean;
  /** Where a person makes a key. */
  keyPage?: string;
  /** The vendor's own address. Absent: the person gives one. */
  base?: string;
  /** True when the vendor has a sign-in that issues a key. */
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
  /** As the form holds them. */
  values: JsonObject;
  /** The connection that is edited. Its stored key is used while provider and origin stay the same. */
  editing?: string;
}

/** What can be said about a draft without sending anything. */
export interface DraftPreview {
  /** What keeps it from being saved. */
  issues: readonly FieldIssue[];
  /** Where requests would go. */
  address?: EffectiveAddress;
  /** Why the address is not known. */
  addressProblem?: string;
  /** What the key in the values shows without being sent anywhere. */
  key?: KeyDescription;
  /** The lines that the connection's card would have. Absent while the draft has problems. */
  lines?: readonly CardLine[];
}

/** One connection with its card. */
export interface ConnectionView {
  profile: Profile;
  /** With the balance that was read last. */
  card: Card;
  provider: { id: string; name: string };
  /** True for a connection of the demo: it answers from prepared examples and cannot be changed. */
  demo: boolean;
}

/** One connection with the values of its form. */
export interface ConnectionDetail extends ConnectionView {
  /** Secret fields are empty. */
  values: JsonObject;
}

/** A local server that was found, and the connection that already uses it. */
export interface DiscoveredServer extends FoundServer {
  /** The name of the connection with the same address. */
  usedBy?: string;
}

/** A line of the doctor's report. The last one has the diagnosis. */
export type DiagnosisEvent = { type: "step"; step: Step } | { type: "diagnosis"; diagnosis: Diagnosis };

/** A sign-in that has begun. */
export interface SignInStarted {
  /** Opens the sign-in when the person comes back. */
  token: string;
  /** The vendor's page. */
  url: string;
  /** ISO date and time. */
  expiresAt: string;
}

/** Connections as a file. */
export interface TransferFile {
  /** Text of JSON. */
  file: string;
}

/** What an import has stored. */
export interface ImportedConnections {
  imported: readonly { id: string; name: string }[];
}

/** A virtual key and what it has used. */
export interface KeyView {
  key: VirtualKey;
  use: KeyUse;
}
