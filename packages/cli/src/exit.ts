/** How a run ends: one line for a person, one code for a script. */
import { type ErrorCode, isLumiverseError, type LumiverseError } from "@lumiverse/core";
import { CommanderError } from "commander";

export const exitCodes = { ok: 0, failed: 1, usage: 2, key: 3, network: 4, provider: 5, broken: 6, aborted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const BY_CODE: Readonly<Record<ErrorCode, ExitCode>> = {
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

export interface Told {
  exit: ExitCode;
  /** Without the word `error`, in one line. */
  line: string;
  hint?: string;
  /** What `--json` prints. */
  json: { error: Readonly<Record<string, unknown>>; partial?: unknown };
}

export function tell(error: unknown): Told {
  if (isLumiverseError(error)) return tellTyped(error);
  if (error instanceof CommanderError) {
    const [line = "", ...more] = error.message.replace(/^error: /, "").split("\n");
    const hint = more.join(" ").trim() || "--help shows what there is";
    return { exit: exitCodes.usage, line, hint, json: { error: { code: "usage", message: line, hint } } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = "This is a fault of lumiverse itself: LUMIVERSE_DEBUG=1 shows where";
  return { exit: exitCodes.failed, line: oneLine(message), hint, json: { error: { code: "internal", message, hint } } };
}

function tellTyped(error: LumiverseError): Told {
  const [, option] = OPTIONS.find(([field]) => field === error.field || error.hint?.includes(field) === true) ?? [];
  const hints = [error.hint, option].filter((one) => one !== undefined).map(oneLine);
  const hint = hints.length === 0 ? undefined : hints.join("; ");
  const tries = error.attempts.length > 1 ? ` (${error.attempts.length} attempts)` : "";
  return {
    exit: BY_CODE[error.code] ?? exitCodes.failed, // another copy of core may know a newer code
    line: `${oneLine(error.message)}${tries}`,
    ...(hint === undefined ? {} : { hint }),
    json: { error: error.toJSON(), ...(error.partial === undefined ? {} : { partial: error.partial }) },
  };
}

/** The library speaks of fields, in an error's `field` or in its hint; here they are options. */
const OPTIONS: readonly (readonly [field: string, option: string])[] = [
  ["unsupported:", "here: --unsupported warn"],
  ["apiKey", "here: --key-env NAME names a variable that holds it"],
  ["baseURL", "here: --base-url URL"],
  ["settings", "here: --setting path=value"],
];

/** Hosts put whole pages, line breaks and terminal controls into their messages. */
function oneLine(text: string): string {
  const line = printable(text).replace(/\s+/g, " ").trim();
  return line.length > 600 ? `${line.slice(0, 600)} …` : line;
}

/** What a terminal may be shown: no escape sequence of a model or a host reaches it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
