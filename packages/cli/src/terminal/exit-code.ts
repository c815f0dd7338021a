import type { ConnectionsErrorCode } from "@lumiverse/connections";
import type { ErrorCode } from "@lumiverse/core";

/** The exit codes of the command line. The README describes each. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, key: 3, network: 4, provider: 5, broken: 6, aborted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const BY_ERROR_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
  configuration: exitCodes.usage,
  unsupported: exitCodes.usage,
  authentication: exitCodes.key,
  permission: exitCodes.key,
  network: exitCodes.network,
  timeout: exitCodes.network,
  truncated: exitCodes.broken,
  "malformed-response": exitCodes.broken,
  aborted: exitCodes.aborted,
  "insufficient-balance": exitCodes.provider,
  "rate-limit": exitCodes.provider,
  overloaded: exitCodes.provider,
  "context-overflow": exitCodes.provider,
  "content-filter": exitCodes.provider,
  "invalid-request": exitCodes.provider,
  "invalid-generation": exitCodes.provider,
  "model-not-found": exitCodes.provider,
  "not-found": exitCodes.provider,
  server: exitCodes.provider,
};

/** The exit code for an error of core. */
export function exitCodeOf(code: string): ExitCode {
  return BY_ERROR_CODE[code as ErrorCode] ?? exitCodes.failed; // another copy of core may have a newer code
}

/** `key` for errors about a key or the vault, `usage` for all others. */
export function exitCodeOfConnections(code: ConnectionsErrorCode): ExitCode {
  return KEY_CODES.has(code) ? exitCodes.key : exitCodes.usage;
}

const KEY_CODES: ReadonlySet<ConnectionsErrorCode> = new Set(["key-required", "key-missing", "vault-locked", "secret-damaged"]);
