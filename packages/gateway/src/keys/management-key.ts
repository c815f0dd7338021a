import type { KeyLimits } from "./key.ts";
import type { Permission } from "./permissions.ts";

/** A key for the admin API with permissions of its own. It calls no model. */
export interface ManagementKey {
  readonly id: string;
  /** Unique among management keys, whatever the case of its letters. */
  readonly name: string;
  /** The last characters of the key, to tell keys apart. */
  readonly hint: string;
  /** What it may do. Everything else is refused. */
  readonly permissions: readonly Permission[];
  /** The models that keys which it makes or changes may have, as those of `VirtualKey`. Absent: all. */
  readonly models?: readonly string[];
  /** The highest limits of each key that it makes or changes. An absent limit does not limit. */
  readonly limits: KeyLimits;
  /** The configuration file defines it, and changes belong there. */
  readonly fromFile: boolean;
  /** ISO date and time. */
  readonly createdAt: string;
  /** ISO date and time. Absent: never. Keys that it makes expire then too, or earlier. */
  readonly expiresAt?: string;
  /** ISO date and time. Absent: the key works. */
  readonly revokedAt?: string;
}

/** A management key as a person enters it. */
export interface ManagementKeyInput {
  name: string;
  /** Default: none. */
  permissions?: readonly Permission[];
  /** Null or absent: all models. */
  models?: readonly string[] | null;
  limits?: KeyLimits;
  /** ISO date and time. Null or absent: never. */
  expiresAt?: string | null;
}

/** The management keys of a gateway. A key is not changed: make another one and revoke it. */
export interface ManagementKeys {
  /** The newest first, revoked keys included. */
  list(): Promise<ManagementKey[]>;
  /** `secret` is the key for programs. It cannot be shown again. @throws ConnectionsError `invalid` with all problems */
  create(input: ManagementKeyInput): Promise<{ key: ManagementKey; secret: string }>;
  /** The key with this text, revoked and expired keys included. */
  find(secret: string): Promise<ManagementKey | undefined>;
  /**
   * The key stops working at once, in all processes.
   * @param allow Called with the key before it is changed. What it throws keeps the key as it is
   * @throws ConnectionsError `not-found`
   */
  revoke(id: string, allow?: (key: ManagementKey) => void): Promise<ManagementKey>;
  /** Removes a key. @param allow As of `revoke` @throws ConnectionsError `not-found` */
  remove(id: string, allow?: (key: ManagementKey) => void): Promise<void>;
}
