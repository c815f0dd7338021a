import { LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { withExistingConnections } from "../connection/saved.ts";
import { askYesNo, canAsk } from "../terminal/prompts.ts";
import type { CommandContext } from "./context.ts";

export function rmCommand({ screen }: CommandContext): Command {
  return new Command("rm")
    .description("remove connections and their stored keys")
    .argument("<connection...>", "their names")
    .option("-y, --yes", "do not ask; needed without a terminal")
    .option("--json", "print one JSON object: the removed connections, or {error}")
    .addHelpText("after", "\nExamples:\n  lumiverse rm Old\n  lumiverse rm Old Older --yes")
    .action((names: string[], options: { yes?: boolean }) =>
      withExistingConnections(screen, async (saved) => {
        // All names are checked before the first is removed.
        const chosen = await Promise.all(names.map((name) => savedProfile(saved, name)));
        const listed = chosen.map(({ name }) => name).join(", ");
        if (options.yes !== true) {
          if (!canAsk(screen))
            throw new LumiverseError({
              code: "configuration",
              field: "yes",
              message: `removing ${listed} needs --yes, because there is no terminal to ask`,
            });
          if (!(await askYesNo(`Remove ${listed}, with ${chosen.length > 1 ? "their keys" : "its key"}?`, false)))
            throw new LumiverseError({ code: "aborted", message: "nothing was removed" });
        }
        for (const { id } of new Set(chosen)) await saved.profiles.remove(id);
        if (screen.json) return screen.outJson({ removed: chosen.map(({ id, name }) => ({ id, name })) });
        const next = await saved.profiles.default();
        await screen.out(`Removed ${listed}.${next === undefined ? "" : ` The default connection is ${next.name}.`}\n`);
      }),
    );
}
