import type { KeyVerdict } from "@lumiverse/core";
import { Command } from "commander";
import { type ConnectionOptions, open, withConnectionOptions } from "../connection-options.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { installed } from "../installed.ts";
import type { Run } from "../run.ts";

export function checkCommand({ screen, end }: Run): Command {
  const command = new Command("check")
    .description("prove a key: is it valid, and would a chat go through now")
    .argument("<provider>", "its id, or the name of its package")
    .option("--json", "the verdict as a JSON object on stdout, or {error}");
  return withConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lumiverse check openai
  lumiverse check zai --setting codingPlan=true
  lumiverse check custom --base-url http://localhost:8080 --key-env MY_KEY

Exit codes: 0 usable, 3 not valid, 5 valid but not usable (no balance, wrong plan), 4 it could not be found out.`,
    )
    .action(async (id: string, options: ConnectionOptions) => {
      const { provider } = await installed(id);
      const connection = await open(provider, options);
      const progress = screen.progress(`asking ${provider.id}`);
      const verdict = await connection.check({ signal: screen.signal }).finally(() => progress.stop());
      end(codeOf(verdict));
      if (screen.json) return screen.out(`${JSON.stringify(verdict)}\n`);
      const usable = verdict.usable === "unknown" ? "whether a chat goes through is unknown" : verdict.usable ? "usable" : "not usable";
      const spent = verdict.spent === undefined ? "" : ` (spent ${verdict.spent})`;
      await screen.out(
        `${provider.id}: key ${verdict.key}, ${usable}${spent}${verdict.reason === undefined ? "" : `: ${verdict.reason}`}\n`,
      );
      if (verdict.hint !== undefined) screen.line(`hint: ${verdict.hint}`);
    });
}

function codeOf({ key, usable }: KeyVerdict): ExitCode {
  if (key === "invalid") return exitCodes.key;
  if (usable === true) return exitCodes.ok;
  return usable === false ? exitCodes.provider : key === "valid" ? exitCodes.ok : exitCodes.network;
}
