/** What failed, as a word to branch on. This set is complete. */
export type ConnectionsErrorCode =
  /** A field of a profile or of a file is not valid. `issues` lists every problem. */
  | "invalid"
  /** There is no such profile. */
  | "not-found"
  /** Somebody else changed the profile since it was read. */
  | "conflict"
  /** The provider or the URL's origin changed, so the stored key does not apply: enter the key again. */
  | "key-required"
  /** The profile uses a key and has none. */
  | "key-missing"
  /** The profile is switched off. */
  | "switched-off"
  /** The master key is missing or wrong, so secrets cannot be read. */
  | "vault-locked"
  /** A stored secret was changed outside of the vault. */
  | "secret-damaged"
  /** The database is newer than this version of the package. */
  | "newer-schema"
  /** Something that this needs is not installed or not supported here. */
  | "unavailable";

/** A problem with one field, in words for the person who filled it in. */
export interface FieldIssue {
  /** Dotted path, such as `settings.routing.sort`; empty for the whole. */
  path: string;
  message: string;
  /** True when the message names the field by its title, as in `API key is required`. False or absent: it says what is wrong, as in `is required`. */
  isSentence?: boolean;
}

export interface ConnectionsErrorOptions {
  code: ConnectionsErrorCode;
  message: string;
  /** What to do about it. */
  hint?: string;
  issues?: readonly FieldIssue[];
  /** For `conflict`: the profile as it is stored now. It holds no secret. */
  current?: unknown;
  cause?: unknown;
}

const BRAND: unique symbol = Symbol.for("@lumiverse/connections/error") as never; // only a call of `Symbol` itself has a unique type

/** The error of this package. Errors of calls and providers are `LumiverseError` of `@lumiverse/core`. Test with `isConnectionsError`. */
export class ConnectionsError extends Error {
  readonly code: ConnectionsErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly FieldIssue[];
  readonly current: unknown;

  constructor(options: ConnectionsErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ConnectionsError";
    this.code = options.code;
    this.hint = options.hint;
    this.issues = options.issues ?? [];
    this.current = options.current;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Also recognises errors of another copy of this package. */
export function isConnectionsError(value: unknown): value is ConnectionsError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: true })[BRAND] === true;
}

/** An `invalid` error that lists every problem and quotes the first. `hint`: what to do about them. */
export function invalidFields(issues: readonly FieldIssue[], hint?: string): ConnectionsError {
  return new ConnectionsError({ code: "invalid", message: summaryOf(issues), issues, ...(hint === undefined ? {} : { hint }) });
}

/** A `switched-off` error. `hint`: how to switch the connection on. */
export function switchedOff(name: string, hint = "Switch it on, or use another connection"): ConnectionsError {
  return new ConnectionsError({ code: "switched-off", message: `the connection "${name}" is switched off`, hint });
}

/** The first problem, and how many others there are. */
export function summaryOf(issues: readonly FieldIssue[]): string {
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return first === undefined ? "not valid" : issueText(first) + more;
}

/** A problem with its path in front, unless the message begins with the path or is a whole sentence. */
export function issueText({ path, message, isSentence = false }: FieldIssue): string {
  const namesPath = message.startsWith(path) && !/^\w/.test(message.slice(path.length));
  return path === "" || isSentence || namesPath ? message : `${path}: ${message}`;
}
