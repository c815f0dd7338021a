/** A connection as a few lines for a list. Some of the lines are live. */
import { type Account, type Connection, isLumiverseError, type Provider } from "@lumiverse/core";
import { isConnectionsError } from "../error.ts";
import type { Profile } from "../profile/profile.ts";
import { accountLines, durationText } from "./account-lines.ts";
import { settingsLines } from "./settings-lines.ts";

export interface Card {
  title: string;
  isDefault: boolean;
  lines: readonly CardLine[];
}

export interface CardLine {
  /** `cache`, `routing`, `plugins` and so on are the names of settings. */
  kind: "model" | "switched-off" | "address" | "key" | "reasoning" | "setting" | "account" | "account-failure";
  /** The setting that the line is about. */
  setting?: string;
  text: string;
  /** For live lines: when it was read, as ISO date and time. */
  readAt?: string;
  /** For live lines: `just now`, `5 min ago`. */
  age?: string;
}

/** The live part of a card. */
export interface Balance {
  /** The last account that was read. It stays when a later read fails. */
  account?: Account;
  readAt?: string;
  /** Why the last read failed. */
  failure?: string;
  /** True for vendors without an API for balances. */
  isUnsupported?: boolean;
}

/** The card of a profile. Sends nothing: `readBalance` reads the live part. */
export function card(profile: Profile, provider: Provider | undefined, balance: Balance = {}, now: number = Date.now()): Card {
  const lines: CardLine[] = [
    {
      kind: "model",
      text: `${provider?.name ?? `${profile.provider} (not installed)`} / ${profile.model === "" ? "no model" : profile.model}`,
    },
  ];
  if (!profile.isEnabled) lines.push({ kind: "switched-off", text: "Switched off: chats do not use it" });
  if (profile.resolvedURL !== undefined) lines.push({ kind: "address", text: profile.resolvedURL });
  if (profile.secrets.key === "missing") lines.push({ kind: "key", text: "Key missing" });
  else if (profile.auth === "environment") lines.push({ kind: "key", text: "Key from the environment" });
  const reasoning = reasoningLine(profile);
  if (reasoning !== undefined) lines.push({ kind: "reasoning", text: reasoning });
  lines.push(...settingsLines(profile.settings).map(({ setting, text }): CardLine => ({ kind: "setting", setting, text })));
  const { account, readAt, failure } = balance;
  const live = readAt === undefined ? {} : { readAt, age: ageText(now - Date.parse(readAt)) };
  if (account !== undefined) lines.push(...accountLines(account, now).map((text): CardLine => ({ kind: "account", text, ...live })));
  if (failure !== undefined) lines.push({ kind: "account-failure", text: `The balance could not be read: ${failure}` });
  return { title: profile.name, isDefault: profile.isDefault, lines };
}

/**
 * Reads the live part. A failed call does not reject: its message becomes a line of the card, beside the last known balance.
 * @param open such as `() => profiles.open(profile.id)`
 */
export async function readBalance(
  open: () => Promise<Connection>,
  previous: Balance = {},
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): Promise<Balance> {
  try {
    const connection = await open();
    if ((await connection.provider.operations()).account === undefined) return { isUnsupported: true };
    const account = await connection.account({ timeouts: { total: timeoutMs } });
    return { account, readAt: new Date().toISOString() };
  } catch (cause) {
    if (isLumiverseError(cause) && cause.code === "unsupported") return { isUnsupported: true };
    if (!isLumiverseError(cause) && !isConnectionsError(cause)) throw cause;
    const { account, readAt } = previous;
    return { ...(account === undefined ? {} : { account }), ...(readAt === undefined ? {} : { readAt }), failure: cause.message };
  }
}

/** The live parts of several cards by profile id, all read at once, so that a vendor that does not answer does not delay the others. */
export async function readBalances(
  profiles: readonly Pick<Profile, "id">[],
  open: (id: string) => Promise<Connection>,
  previous: ReadonlyMap<string, Balance> = new Map(),
): Promise<Map<string, Balance>> {
  const read = profiles.map(async ({ id }) => [id, await readBalance(() => open(id), previous.get(id))] as const);
  return new Map(await Promise.all(read));
}

function reasoningLine({ reasoning }: Profile): string | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, show, history } = reasoning;
  const parts = [
    effort === undefined ? undefined : typeof effort === "string" ? effort : `${effort.budgetTokens} tokens`,
    show === false ? "hidden" : undefined,
    history === "strip" ? "history stripped" : typeof history === "number" ? `history of ${history}` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : `Reasoning: ${parts.join(" • ")}`;
}

function ageText(ms: number): string {
  return ms < 10_000 ? "just now" : `${durationText(ms)} ago`;
}
