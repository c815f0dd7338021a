import type { Account, Catalogue, KeyVerdict, ModelInfo, Provider } from "@lumiverse/core";
import type { CauseDetails, CauseId } from "./causes.ts";
import type { NetworkEvidence } from "./network.ts";

/** Everything that was seen before the cause is named. */
export interface Evidence {
  provider: Provider;
  model: string;
  host: URL;
  isVendor: boolean;
  hasKey: boolean;
  /** The beginning of the key, for its shape. Never shown. */
  keyStart: string;
  /** Why the key is probably a mistake. */
  keyDoubt: string | undefined;
  /** True in a page. */
  isBrowser: boolean;
  network?: NetworkEvidence;
  verdict?: KeyVerdict;
  account?: Account;
  /** The live model list, where it could be read. */
  models?: readonly ModelInfo[];
  catalogue?: Catalogue;
  /** A base URL at the same host under which a model list answers. */
  betterBase?: string;
  /** Protocols that the server does speak, by the setting's value. */
  otherProtocols?: readonly string[];
  /** True when a server that is not the vendor's speaks Chat Completions, and the connection another protocol that no setting changes. */
  hasChatCompletions?: boolean;
  /** Seconds that the server's clock is ahead of this machine's. */
  skewSeconds?: number;
}

export interface Finding {
  cause: CauseId;
  details: Partial<CauseDetails>;
}

/** A cause with what its sentence needs beyond the error. Undefined: the rule does not apply. */
export type Found = { cause: CauseId; details?: Partial<CauseDetails> } | undefined;
