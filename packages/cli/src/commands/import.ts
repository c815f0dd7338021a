import { ConnectionsError, type ImportEntry, type ImportPreview, importProfiles, previewImport } from "@lumiverse/connections";
import { isLumiverseError, LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { Command, InvalidArgumentError } from "commander";
import { installed } from "../connection/installed.ts";
import { type SavedConnections, withSavedConnections } from "../connection/saved.ts";
import { readTextFile } from "../terminal/files.ts";
import { askChoices, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { table } from "../terminal/table.ts";
import type { CommandContext } from "./context.ts";
import { passphraseFrom } from "./passphrase.ts";

interface Options {
  yes?: boolean;
  only?: readonly number[];
  passphraseEnv?: string;
  withoutKeys?: boolean;
}

export function importCommand({ screen }: CommandContext): Command {
  return new Command("import")
    .description("read connections from an exported file: shows them first, and imports what you agree to")
    .argument("<file>", "the file that export wrote")
    .option("-y, --yes", "import all that can be imported, without asking")
    .option("--only <n>", "import this entry, counted from 1 (repeatable)", entry)
    .option("--passphrase-env <name>", "the environment variable with the passphrase of the keys in the file")
    .option("--without-keys", "leave the keys in the file out")
    .option("--json", "print one JSON object: the entries of the file and the imported connections")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse import connections.json
  lumiverse import connections.json --json                       (shows what is in it, and imports nothing)
  lumiverse import backup.json --passphrase-env PASSPHRASE --yes

An imported connection never receives a key that is stored here.`,
    )
    .action((file: string, options: Options) =>
      withSavedConnections(screen, async (saved) => {
        const text = await readTextFile(file, "file");
        await addProviders(text, saved);
        let preview = await previewImport(saved.profiles, text);
        const isImport = options.yes === true || options.only !== undefined || options.passphraseEnv !== undefined || canAsk(screen);
        const wantsKeys = preview.secrets === "sealed" && options.withoutKeys !== true && isImport;
        const passphrase = wantsKeys ? await passphraseOf(options, screen) : undefined;
        if (passphrase !== undefined) preview = await previewImport(saved.profiles, text, passphrase);
        if (!screen.json) await showPreview(preview, screen);
        const accepted = await accept(preview, options, screen);
        const imported = await importProfiles(saved.profiles, text, accepted, passphrase);
        if (screen.json) return screen.outJson({ entries: preview.entries, imported });
        await screen.out(`Imported ${imported.length === 0 ? "nothing" : imported.map(({ name }) => name).join(", ")}.\n`);
        for (const { name, secrets } of imported)
          if (secrets.key === "missing")
            screen.line(`${name} has no key. Enter it with: lumiverse edit ${shellWord(name)} --key-env NAME`, "dim");
      }),
    );
}

/** @throws LumiverseError `configuration` when the passphrase is missing and --yes forbids a question */
async function passphraseOf({ yes, passphraseEnv }: Options, screen: Screen): Promise<string> {
  if (yes !== true || passphraseEnv !== undefined) return passphraseFrom(passphraseEnv, "existing", screen);
  throw new LumiverseError({
    code: "configuration",
    field: "passphrase-env",
    message: "the file holds keys, and the passphrase is missing",
    hint: "Name the environment variable that holds it with --passphrase-env, or leave the keys out with --without-keys",
  });
}

/** Loads the installed providers that the file names. `previewImport` reports providers that are not installed, and every other problem of the file. */
async function addProviders(text: string, saved: SavedConnections): Promise<void> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return;
  }
  const entries: unknown = isObject(file) ? file["profiles"] : undefined;
  const ids = (Array.isArray(entries) ? entries : []).map((one: unknown) => (isObject(one) ? one["provider"] : undefined));
  for (const id of new Set(ids)) {
    if (typeof id !== "string") continue;
    try {
      saved.add((await installed(id)).provider);
    } catch (cause) {
      if (!isLumiverseError(cause)) throw cause;
    }
  }
}

async function showPreview({ entries }: ImportPreview, screen: Screen): Promise<void> {
  await screen.outStyled(
    table(
      ["", "NAME", "PROVIDER", "MODEL", "SENDS TO", "KEY", "NOTE"],
      entries.map((one) => [
        String(one.index + 1),
        one.name,
        one.provider,
        one.model,
        one.origin,
        one.hasKey ? "yes" : "",
        [...(one.isEnabled ? [] : ["switched off"]), ...one.issues.map(({ message }) => message)].join("; "),
      ]),
    ),
  );
}

async function accept({ entries }: ImportPreview, { yes = false, only }: Options, screen: Screen): Promise<number[]> {
  const possible = entries.filter(({ issues }) => issues.length === 0);
  if (only !== undefined) return only.map((number) => chosen(entries, number).index);
  if (yes) return possible.map(({ index }) => index);
  if (possible.length === 0) return [];
  if (!canAsk(screen)) {
    if (!screen.json) screen.line("--yes imports them, --only imports one.", "dim");
    return [];
  }
  const answers = await askChoices(
    "Import",
    possible.map(({ index, name, origin }) => ({ value: String(index), label: name, hint: origin })),
  );
  return answers.map(Number);
}

/** @throws ConnectionsError `invalid` for an entry that does not exist or cannot be imported */
function chosen(entries: readonly ImportEntry[], number: number): ImportEntry {
  const entry = entries[number - 1];
  if (entry !== undefined && entry.issues.length === 0) return entry;
  const message =
    entry === undefined ? `the file has no entry ${number}` : `entry ${number} cannot be imported: ${entry.issues[0]?.message}`;
  throw new ConnectionsError({ code: "invalid", message, hint: "Without --only, all entries are shown" });
}

function entry(text: string, before: readonly number[] = []): readonly number[] {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected the number of an entry, from 1.");
  return [...before, Number(text)];
}
