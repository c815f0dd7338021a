import { accountLines } from "@lumiverse/connections";
import { Command } from "commander";
import { type ConnectionOptions, withConnectionOptions } from "../connection/options.ts";
import { withTarget } from "../connection/target.ts";
import { printableLine } from "../terminal/printable.ts";
import type { CommandContext } from "./context.ts";

export function accountCommand({ screen }: CommandContext): Command {
  const command = new Command("account")
    .description("show the account's balance, limits and quotas, where the vendor reports them")
    .argument("[connection]", "a connection's name or a provider's id (default: the default connection)")
    .option("--json", "print one JSON object: the account, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  lumiverse account openrouter\n  lumiverse account Router\n  lumiverse account nanogpt --json | jq .windows",
    )
    .action((name: string | undefined, options: ConnectionOptions) =>
      withTarget(name, options, screen, async (target) => {
        const connection = await target.connect();
        const progress = screen.progress(`calling ${target.name}`);
        const account = await connection.account({ signal: screen.signal }).finally(() => progress.stop());
        if (screen.json) return screen.outJson(account);
        const lines = [account.summary, ...accountLines(account)].map(printableLine);
        await screen.out(`${[...new Set(lines)].join("\n")}\n`);
      }),
    );
}
