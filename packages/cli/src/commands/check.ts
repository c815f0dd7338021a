import type { KeyVerdict } from "@lumiverse/core";
import { Command } from "commander";
import { type ConnectionOptions, withConnectionOptions } from "../connection/options.ts";
import { withTarget } from "../connection/target.ts";
import { type ExitCode, exitCodes } from "../terminal/exit-code.ts";
import { printableLine } from "../terminal/printable.ts";
import type { CommandContext } from "./context.ts";

export function checkCommand({ screen, setExitCode }: CommandContext): Command {
  const command = new Command("check")
    .description("check that a key is valid and that a chat would succeed now")
    .argument("[connection]", "a connection's name or a provider's id (default: the default connection)")
    .option("--json", "print one JSON object: the verdict, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse check openai
  lumiverse check zai --setting codingPlan=true
  lumiverse check custom --base-url http://localhost:8080 --key-env MY_KEY

Exit codes: 0 usable, 3 invalid key, 5 valid key that cannot be used (no balance, wrong plan), 4 the check had no result.`,
    )
    .action((name: string | undefined, options: ConnectionOptions) =>
      withTarget(name, options, screen, async (target) => {
        const connection = await target.connect();
        const progress = screen.progress(`calling ${target.name}`);
        const verdict = await connection.check({ signal: screen.signal }).finally(() => progress.stop());
        setExitCode(codeOf(verdict));
        if (screen.json) return screen.outJson(verdict);
        const usable = verdict.usable === "unknown" ? "unknown whether a chat would succeed" : verdict.usable ? "usable" : "not usable";
        const spent = verdict.spent === undefined ? "" : ` (cost: ${verdict.spent})`;
        const reason = verdict.reason === undefined ? "" : `: ${printableLine(verdict.reason)}`;
        await screen.out(`${target.name}: key ${verdict.key}, ${usable}${spent}${reason}\n`);
        if (verdict.hint !== undefined) screen.line(`hint: ${verdict.hint}`);
      }),
    );
}

function codeOf({ key, usable }: KeyVerdict): ExitCode {
  if (key === "invalid") return exitCodes.key;
  if (usable === true) return exitCodes.ok;
  return usable === false ? exitCodes.provider : key === "valid" ? exitCodes.ok : exitCodes.network;
}
