import { exportProfiles } from "@lumiverse/connections";
import { Command } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { withExistingConnections } from "../connection/saved.ts";
import { writePrivateFile } from "../terminal/files.ts";
import type { CommandContext } from "./context.ts";
import { passphraseFrom } from "./passphrase.ts";

interface Options {
  out?: string;
  withKeys?: boolean;
  passphraseEnv?: string;
}

export function exportCommand({ screen }: CommandContext): Command {
  return new Command("export")
    .description("write connections to a file, without keys, or with them under a passphrase")
    .argument("[connection...]", "their names (default: all)")
    .option("--out <file>", "the file, readable by you alone (default: stdout)")
    .option("--with-keys", "include keys and secret settings, encrypted with a passphrase")
    .option("--passphrase-env <name>", "the environment variable with the passphrase; implies --with-keys")
    .option("--json", "with --out: print one JSON object: the file and whether it has keys; the export is JSON either way")
    .addHelpText(
      "after",
      "\nExamples:\n  lumiverse export > connections.json\n  lumiverse export Router --with-keys --out router.json\n  lumiverse export --passphrase-env PASSPHRASE --out backup.json",
    )
    .action((names: string[], options: Options) =>
      withExistingConnections(screen, async (saved) => {
        const withKeys = options.withKeys === true || options.passphraseEnv !== undefined;
        const passphrase = withKeys ? await passphraseFrom(options.passphraseEnv, "new", screen) : undefined;
        const ids =
          names.length === 0 ? undefined : (await Promise.all(names.map((name) => savedProfile(saved, name)))).map(({ id }) => id);
        const text = await exportProfiles(saved.profiles, {
          ...(ids === undefined ? {} : { ids }),
          ...(passphrase === undefined ? {} : { passphrase }),
        });
        if (options.out === undefined) return screen.out(text);
        await writePrivateFile(options.out, text, "out");
        if (screen.json) return screen.outJson({ file: options.out, withKeys });
        screen.line(`Wrote ${options.out}, ${withKeys ? "with keys, encrypted" : "without keys"}.`, "dim");
      }),
    );
}
