import type { Profiles } from "@lumiverse/connections";
import type { Keys } from "./keys/key.ts";
import type { Ledger, UsageReports } from "./ledger/call.ts";
import type { Aliases } from "./routing/alias.ts";
import type { Sessions, SignIns } from "./sessions/session.ts";

/** Answers requests under a path of the gateway, such as the console's. */
export type MountedHandler = (request: Request) => Response | Promise<Response>;

/** A gateway: a Web-standard fetch handler, and what administration needs. */
export interface Gateway {
  /** Answers one HTTP request. */
  fetch(request: Request): Promise<Response>;
  readonly profiles: Profiles;
  readonly keys: Keys;
  readonly aliases: Aliases;
  readonly ledger: Ledger;
  readonly usage: UsageReports;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  /**
   * Serves everything under a path by another handler. `Host` and `Origin` are checked before it, keys are not. The longest path wins.
   * @param path Such as `/admin/v1`
   */
  mount(path: string, handler: MountedHandler): void;
  /** Reads connections, aliases and keys again with the next call. Changes by other processes are seen within a second without it. */
  refresh(): void;
  /**
   * Stops: readiness fails, new calls are refused, running calls may finish until the grace period ends and then receive an error in their own protocol. The
   * ledger is written. The store stays open.
   * @param options.graceMs Default 30,000.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}
