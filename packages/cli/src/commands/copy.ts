import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { withExistingConnections } from "../connection/saved.ts";
import { showCard } from "./card.ts";
import type { CommandContext } from "./context.ts";

export function copyCommand({ screen }: CommandContext): Command {
  return new Command("copy")
    .description("copy a connection with its key, for example to change one setting of the copy")
    .argument("<connection>", "its name")
    .option("-n, --name <name>", 'how the copy is called (default: the name with "(Copy)")')
    .option("--json", "print one JSON object: the copy, or {error}")
    .addHelpText("after", "\nExamples:\n  lumiverse copy Router --name Cheap && lumiverse edit Cheap --setting routing.sort=price")
    .action((name: string, options: { name?: string }) =>
      withExistingConnections(screen, async (saved) => {
        const { profiles } = saved;
        const copy = await profiles.duplicate((await savedProfile(saved, name)).id, options.name);
        if (screen.json) return screen.outJson(copy);
        await showCard(copy, profiles, {}, screen);
      }),
    );
}
