import { Command } from "commander";
import { KEYWORD } from "../manifest.ts";
import type { Run } from "../run.ts";

export function newCommand({ screen }: Run): Command {
  return new Command("new")
    .description("how to start a provider package of your own")
    .argument("[id]", "lower-case letters, digits and hyphens", "my-host")
    .option("--json", "a JSON object on stdout")
    .addHelpText("after", "\nExamples:\n  lumiverse new acme")
    .action(async (id: string) => {
      const command = `npm create lumiverse-provider@latest ${id}`;
      if (screen.json) return screen.out(`${JSON.stringify({ command, keyword: KEYWORD })}\n`);
      await screen.out(`${command}\n`);
      screen.line(
        `Its package.json carries the keyword "${KEYWORD}": installed in a folder, "lumiverse chat ${id}" finds it there.`,
        "dim",
      );
    });
}
