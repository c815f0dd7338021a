/** Checks the key of a connection, before or after the connection is saved. */
import { type ConnectionSource, connectSource, draftSource, type ProfileInput } from "@lumiverse/connections";
import { isLumiverseError, type KeyVerdict, LumiverseError } from "@lumiverse/core";
import type { SavedConnections } from "../connection/saved.ts";
import { askYesNo } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";

/** Checks the key before anything is saved. @throws LumiverseError `authentication` for a key that the vendor refuses */
export async function checkDraft(
  input: ProfileInput,
  saved: SavedConnections,
  asks: boolean,
  screen: Screen,
): Promise<KeyVerdict | undefined> {
  const { name: _, ...others } = input;
  const source = await draftSource(saved.profiles, others);
  const verdict = await verdictOn(source, screen);
  if (verdict?.key !== "invalid") return verdict;
  const reason = verdict.reason ?? "the vendor gives no reason";
  const problem = input.auth === "none" ? "the server requires a key" : "the key is refused";
  if (asks) {
    screen.line(`${problem.charAt(0).toUpperCase()}${problem.slice(1)}: ${reason}`, "red");
    if (await askYesNo("Save the connection all the same?", false)) return verdict;
  }
  throw new LumiverseError({
    code: "authentication",
    provider: input.provider,
    message: `${input.provider}: ${problem}: ${reason}`,
    hint: `${verdict.hint === undefined ? "" : `${verdict.hint}. `}Nothing was saved; --no-check saves it without asking the vendor`,
  });
}

/** Asks the vendor about the key. Undefined: there was no result, for example because the server is not running. The reason is shown. */
export async function verdictOn(source: ConnectionSource, screen: Screen): Promise<KeyVerdict | undefined> {
  const connection = connectSource(source);
  const what = source.auth === "none" ? "the server" : "the key";
  const progress = screen.progress(`checking ${what} at ${source.provider.id}`);
  try {
    return await connection.check({ signal: screen.signal });
  } catch (cause) {
    if (!isLumiverseError(cause) || cause.code === "aborted") throw cause;
    if (!screen.json) screen.line(`warning: ${what} could not be checked: ${cause.message}`, "yellow");
    return undefined;
  } finally {
    progress.stop();
    connection.close();
  }
}
