import { card as cardOf, readBalances } from "@lumiverse/connections";
import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { collect } from "../connection/options.ts";
import { hasSavedConnections, withSavedConnections } from "../connection/saved.ts";
import { cardText, providerOf } from "./card.ts";
import type { CommandContext } from "./context.ts";

export function connectionsCommand({ screen }: CommandContext): Command {
  return new Command("connections")
    .description("list the saved connections with their cards, in an order of your own")
    .option("--first <name>", "put this connection before all others (repeatable: in this order)", collect)
    .option("--no-balance", "call no vendor")
    .option("--json", "print one JSON array of connections, each with its card")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse connections
  lumiverse connections --first Router --first Local
  lumiverse connections --no-balance --json | jq -r '.[].name'`,
    )
    .action(async (options: { balance: boolean; first?: readonly string[] }) => {
      // A listing alone creates no database.
      if (!hasSavedConnections())
        return screen.json ? screen.outJson([]) : screen.line('No connection is saved. "lumiverse connect" saves one.');
      await withSavedConnections(screen, async (saved) => {
        const { profiles } = saved;
        const first: string[] = [];
        for (const name of options.first ?? []) first.push((await savedProfile(saved, name)).id);
        const all = first.length === 0 ? await profiles.list() : await profiles.reorder(first);
        if (options.balance) await saved.readKeys(all);
        const progress = screen.progress("reading the balances");
        const balances = options.balance
          ? await readBalances(
              all.filter(({ isEnabled, secrets }) => isEnabled && secrets.key !== "missing"),
              (id) => profiles.open(id),
            ).finally(() => progress.stop())
          : new Map<string, never>();
        progress.stop();
        const cards = all.map((profile) => ({ profile, card: cardOf(profile, providerOf(profile, profiles), balances.get(profile.id)) }));
        if (screen.json) return screen.outJson(cards.map(({ profile, card }) => ({ ...profile, card })));
        if (cards.length === 0) return screen.line('No connection is saved. "lumiverse connect" saves one.');
        await screen.outStyled(cards.map(({ card }) => cardText(card)).join("\n"));
      });
    });
}
