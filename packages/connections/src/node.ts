/** What needs Node: SQLite files, PostgreSQL, places of a master key, the redirect of a sign-in, guarded requests, and the network checks of the doctor. */

export { nodeNetwork } from "./doctor/node-network.ts";
export { createOutboundGuard, type OutboundGuard, type OutboundGuardOptions, type ResolvedAddress } from "./outbound/guard.ts";
export { type LoopbackCallback, listenForCallback } from "./sign-in/loopback.ts";
export { makeFolder } from "./store/make-folder.ts";
export { openPostgresStore, type PostgresOptions } from "./store/postgres.ts";
export { dataFolder, openSqliteStore } from "./store/sqlite.ts";
export { type KeychainOptions, masterKeyFromEnvironment, masterKeyFromFile, masterKeyFromKeychain } from "./vault/node-sources.ts";
