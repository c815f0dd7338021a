import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { withExistingConnections } from "../connection/saved.ts";
import type { CommandContext } from "./context.ts";

export function useCommand({ screen }: CommandContext): Command {
  return new Command("use")
    .description("make a connection the default one, which chat uses when it is given no name")
    .argument("<connection>", "its name")
    .option("--json", "print one JSON object: the connection, or {error}")
    .addHelpText("after", "\nExamples:\n  lumiverse use Router\n  lumiverse use Local && lumiverse chat")
    .action((name: string) =>
      withExistingConnections(screen, async (saved) => {
        const profile = await saved.profiles.setDefault((await savedProfile(saved, name)).id);
        if (screen.json) return screen.outJson(profile);
        await screen.out(`${profile.name} is the default connection.\n`);
      }),
    );
}
