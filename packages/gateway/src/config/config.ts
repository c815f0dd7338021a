import type { Auth, ProfileInput } from "@lumiverse/connections";
import type { KeyInput } from "../keys/key.ts";
import type { ManagementKeyInput } from "../keys/management-key.ts";
import type { AliasInput } from "../routing/alias.ts";

/** What a configuration file says, with its references to environment variables resolved. It holds secrets. */
export interface GatewayConfig {
  /** Such as `127.0.0.1`. */
  host?: string;
  port?: number;
  /** A file, `:memory:`, or the address of a PostgreSQL database. */
  database?: string;
  /**
   * What connections may reach although it is not public, when the console is open to other machines: addresses, ranges, names or URLs. The addresses of the
   * file's own connections may be reached without an entry.
   */
  allowAddresses?: readonly string[];
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed. See `ServeOptions` of `@lumiverse/gateway/node`. */
  trustedProxies?: readonly string[];
  connections: readonly (ProfileInput & { auth?: Auth })[];
  aliases: readonly AliasInput[];
  keys: readonly (KeyInput & { secret: string })[];
  /** Default: none. */
  managementKeys?: readonly (ManagementKeyInput & { secret: string })[];
  options: GatewayConfigOptions;
}

/** Options of the gateway that a file can set. See `GatewayOptions`. */
export interface GatewayConfigOptions {
  keys?: "required" | "optional";
  hosts?: readonly string[];
  origins?: readonly string[];
  bodyLimit?: number;
  holdMs?: number;
  maxWaitMs?: number;
  heartbeatMs?: number;
  recordContent?: boolean;
  retentionDays?: number;
}
