import { Command, InvalidArgumentError } from "commander";
import { KEYWORD } from "../connection/manifest.ts";
import type { CommandContext } from "./context.ts";

export function newCommand({ screen }: CommandContext): Command {
  return new Command("new")
    .description("show the command that creates a provider package")
    .argument("[id]", "the id of the provider: lower-case letters, digits and hyphens", providerId, "my-host")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExamples:\n  lumiverse new acme")
    .action(async (id: string) => {
      const command = `npm create lumiverse-provider@latest ${id}`;
      if (screen.json) return screen.outJson({ command, keyword: KEYWORD });
      await screen.out(`${command}\n`);
      screen.line(
        `Its package.json has the keyword "${KEYWORD}", so "lumiverse chat ${id}" finds it in the folder where it is installed.`,
        "dim",
      );
    });
}

function providerId(text: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text))
    throw new InvalidArgumentError("Expected lower-case letters, digits and hyphens, such as my-host.");
  return text;
}
