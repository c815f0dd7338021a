import type { Account } from "@lumiverse/core";
import { Command } from "commander";
import { installed } from "../connection/installed.ts";
import { type ConnectionOptions, open, withConnectionOptions } from "../connection/options.ts";
import type { CommandContext } from "./context.ts";

export function accountCommand({ screen }: CommandContext): Command {
  const command = new Command("account")
    .description("show the account's balance, limits and quotas, where the vendor reports them")
    .argument("<provider>", "the provider's id or the name of its package")
    .option("--json", "print one JSON object: the account, or {error}");
  return withConnectionOptions(command)
    .addHelpText("after", "\nExamples:\n  lumiverse account openrouter\n  lumiverse account nanogpt --json | jq .windows")
    .action(async (id: string, options: ConnectionOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const progress = screen.progress(`calling ${provider.id}`);
      const account = await connection.account({ signal: screen.signal }).finally(() => progress.stop());
      if (screen.json) return screen.outJson(account);
      await screen.out(describe(account));
    });
}

function describe({ summary, balance, keyLimit, plan, state, windows }: Account): string {
  const lines = [summary];
  if (balance !== undefined) lines.push(`balance: ${balance.amount} ${balance.currency}`);
  if (keyLimit !== undefined) {
    const { limit, remaining, currency, resets } = keyLimit;
    const left = remaining === null ? "" : `, ${remaining} left`;
    lines.push(`key limit: ${limit === null ? "none" : `${limit} ${currency}`}${left}${resets === undefined ? "" : `, resets ${resets}`}`);
  }
  if (plan !== undefined) lines.push(`plan: ${plan}`);
  if (state !== undefined) lines.push(`state: ${state}`);
  for (const { name, used, limit, remaining, unit, resetsAt } of windows ?? []) {
    const figures = [
      ...(used === undefined ? [] : [`${used}${limit === undefined ? "" : ` of ${limit}`} ${unit} used`]),
      ...(remaining === undefined ? [] : [`${remaining} ${unit} left`]),
      ...(resetsAt === undefined ? [] : [`resets ${resetsAt}`]),
    ];
    lines.push(`${name}: ${figures.join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}
