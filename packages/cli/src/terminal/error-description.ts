/** An error as the command line reports it: one line and a hint for a person, an exit code and a JSON object for a script. */
import { type ConnectionsError, isConnectionsError, issueText } from "@lumiverse/connections";
import { isLumiverseError, type LumiverseError } from "@lumiverse/core";
import { CommanderError } from "commander";
import { type ExitCode, exitCodeOf, exitCodeOfConnections, exitCodes } from "./exit-code.ts";
import { printableLine } from "./printable.ts";

export interface ErrorDescription {
  exit: ExitCode;
  /** One line, without the prefix `error: `. */
  line: string;
  /** One line for each problem, where there are several. */
  details?: readonly string[];
  /** One line that says what to do next. */
  hint?: string;
  /** The document that `--json` prints. */
  json: { error: Readonly<Record<string, unknown>>; partial?: unknown };
}

/** Describes any thrown value. An error that is neither from Lumiverse nor about the arguments is a bug of this program. */
export function describeError(error: unknown): ErrorDescription {
  if (isLumiverseError(error)) return describeLumiverseError(error);
  if (isConnectionsError(error)) return describeConnectionsError(error);
  if (error instanceof CommanderError) {
    const [line = "", ...more] = error.message.replace(/^error: /, "").split("\n");
    // Commander puts its suggestion in brackets.
    const hint =
      more
        .join(" ")
        .trim()
        .replace(/^\((.*)\)$/, "$1") || "--help lists the commands and options";
    return { exit: exitCodes.usage, line, hint, json: { error: { code: "usage", message: line, hint } } };
  }
  const message = error instanceof Error ? error.message : String(error);
  // Ctrl-C makes functions of the platform throw this.
  if (error instanceof Error && error.name === "AbortError")
    return {
      exit: exitCodes.aborted,
      line: "the command was aborted",
      json: { error: { code: "aborted", message: "the command was aborted" } },
    };
  const reason = systemReason(error);
  if (reason !== undefined) return { exit: exitCodes.failed, line: oneLine(reason), json: { error: { code: "system", message: reason } } };
  const hint = "This is a bug in lumiverse. LUMIVERSE_DEBUG=1 prints the stack trace";
  return { exit: exitCodes.failed, line: oneLine(message), hint, json: { error: { code: "internal", message, hint } } };
}

function describeLumiverseError(error: LumiverseError): ErrorDescription {
  // A hint of the command line itself names its options.
  const isOwn = /(?:^|\s)--[a-z]/.test(error.hint ?? "");
  const [, option] = OPTIONS.find(([field]) => !isOwn && (field === error.field || error.hint?.includes(field) === true)) ?? [];
  const isAboutHttp = error.hint?.includes("allowHttp") === true;
  const hints = [isAboutHttp ? HTTP_HINT : error.hint, option].filter((one) => one !== undefined).map(oneLine);
  const attempts = error.attempts.length > 1 ? ` (${error.attempts.length} attempts)` : "";
  return {
    exit: exitCodeOf(error.code),
    line: `${oneLine(error.message)}${attempts}`,
    ...(hints.length === 0 ? {} : { hint: hints.join("; ") }),
    json: { error: error.toJSON(), ...(error.partial === undefined ? {} : { partial: error.partial }) },
  };
}

function describeConnectionsError({ code, message, hint, issues }: ConnectionsError): ErrorDescription {
  return {
    exit: exitCodeOfConnections(code),
    line: oneLine(message),
    ...(issues.length > 1 ? { details: issues.map((issue) => oneLine(issueText(issue))) } : {}),
    ...(hint === undefined ? {} : { hint: oneLine(hint) }),
    json: { error: { code, message, ...(hint === undefined ? {} : { hint }), ...(issues.length > 0 ? { issues } : {}) } },
  };
}

/** The command line has no option that permits plain http elsewhere, as core has. */
const HTTP_HINT = "Use https. Plain http is for this machine and private networks";

/** The option that sets a field which an error or its hint names. */
const OPTIONS: readonly (readonly [field: string, option: string])[] = [
  ["find({", "on the command line: lumiverse models lists models; text can come from standard input"],
  ["unsupported:", "on the command line: --unsupported drop"],
  ["apiKey", "on the command line: --key-env NAME, the variable that holds the key"],
  ["baseURL", "on the command line: --base-url URL"],
  ["settings", "on the command line: --setting path=value"],
];

/** The reason for an error of the operating system, such as a full disk. Undefined for other errors. */
function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string")) return undefined;
  const path = "path" in error && typeof error.path === "string" ? `${error.path}: ` : "";
  return `${path}${REASONS[error.code] ?? error.message}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "a file with this name is in the way",
  EISDIR: "it is a folder",
  EIO: "the device reports an error",
  ENOENT: "it does not exist",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a folder",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
};

/** Error messages from hosts can be whole pages with line breaks and control characters. */
function oneLine(text: string): string {
  const line = printableLine(text);
  return line.length > 600 ? `${line.slice(0, 600)} …` : line;
}
