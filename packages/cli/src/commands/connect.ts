import { finishSignIn, form as formOf, type Profile, type ProfileInput, startSignIn, valueAt } from "@lumiverse/connections";
import { type KeyVerdict, LumiverseError } from "@lumiverse/core";
import { Command } from "commander";
import { installation, installed } from "../connection/installed.ts";
import { type SavedConnections, withSavedConnections } from "../connection/saved.ts";
import { type FormFlags, withFormFlags } from "../form/flags.ts";
import { readTextFile, writePrivateFile } from "../terminal/files.ts";
import { askChoice, askText, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { shellWord } from "../terminal/shell-word.ts";
import { signInWithBrowser } from "./browser-sign-in.ts";
import { showCard } from "./card.ts";
import type { CommandContext } from "./context.ts";
import { checkDraft, verdictOn } from "./key-check.ts";
import { newProfile } from "./new-profile.ts";
import { portNumber } from "./port.ts";
import { showSettings } from "./settings-list.ts";

interface Options extends FormFlags {
  default?: boolean;
  signIn?: boolean;
  beginSignIn?: string;
  finishSignIn?: string;
  code?: string;
  callback: string;
  port?: number;
  open: boolean;
  check: boolean;
  yes?: boolean;
  settings?: boolean;
}

/** The default of `--callback`. Nothing listens there: the person copies the address from the browser. */
const PASTED_CALLBACK = "http://127.0.0.1:3000/callback";

export function connectCommand({ screen }: CommandContext): Command {
  const command = new Command("connect")
    .description("save a connection to a provider: asks for what no option gives, and checks the key")
    .argument("[provider]", "the provider's id or the name of its package");
  return withFormFlags(command)
    .option("--default", "make it the default connection")
    .option("--sign-in", "get the key by signing in on the vendor's page, where the vendor supports it")
    .option("--port <n>", "the port of the loopback address to which the vendor redirects (default: any free port)", portNumber)
    .option("--no-open", "do not open a browser")
    .option("--begin-sign-in <file>", "begin a sign-in, write what is needed to finish it to a file, and show the page")
    .option("--callback <url>", "with --begin-sign-in: the address to which the vendor redirects", PASTED_CALLBACK)
    .option("--finish-sign-in <file>", "finish the sign-in that the file holds, here or on another machine")
    .option("--code <code|url>", "with --finish-sign-in: the code, or the address to which the vendor redirected")
    .option("--settings", "list the settings that --setting can set, and save nothing")
    .option("--no-check", "save the connection without checking the key")
    .option("-y, --yes", "ask nothing: take the defaults for what no option gives")
    .option("--json", "print one JSON object: the connection and the verdict on its key, or {error}")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse connect                                              (asks everything)
  lumiverse connect groq --key-env GROQ_API_KEY --yes
  lumiverse connect openrouter --settings
  lumiverse connect openrouter --sign-in --name Router --setting routing.sort=price
  lumiverse connect custom --base-url http://localhost:1234 --name Local --yes
  lumiverse connect google-vertex --key-file service-account.json --setting region=europe-west4
  lumiverse connect anthropic --key-stdin --setting promptCache.enabled=true < key.txt
  lumiverse connect openrouter --begin-sign-in pending.json      (then, anywhere: --finish-sign-in pending.json --code CODE)

Without a terminal nothing is asked. The key is stored encrypted; the master key is in LUMIVERSE_MASTER_KEY, in a passphrase
(LUMIVERSE_PASSPHRASE), in the keychain (LUMIVERSE_KEYCHAIN=1), or in a file that only you can read. LUMIVERSE_STORE names another
database: a file, or postgres://… for several machines.`,
    )
    .action((id: string | undefined, options: Options) =>
      withSavedConnections(screen, (saved) =>
        options.finishSignIn === undefined ? connect(id, options, saved, screen) : finish(options.finishSignIn, options, saved, screen),
      ),
    );
}

async function connect(id: string | undefined, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  const asks = canAsk(screen) && options.yes !== true;
  const { provider } = await installed(id ?? (await askProvider(asks)));
  const form = await formOf(provider);
  if (options.settings === true) return showSettings(form, screen);
  saved.add(provider);
  const made = await newProfile({ provider, form, saved, asks, screen }, options);
  const input: ProfileInput = { ...made.input, ...(options.default === true ? { isDefault: true } : {}) };
  if (options.beginSignIn !== undefined) return begin(options.beginSignIn, input, options, saved, screen);
  if (made.signsIn) return report(await signIn(input, options, saved, screen), options, saved, screen);
  const verdict = options.check ? await checkDraft(input, saved, asks, screen) : undefined;
  await show(await saved.profiles.create(input), verdict, saved, screen);
}

async function askProvider(asks: boolean): Promise<string> {
  if (!asks)
    throw new LumiverseError({
      code: "configuration",
      field: "provider",
      message: "the command names no provider",
      hint: 'Name one, such as: lumiverse connect groq. "lumiverse providers" lists them',
    });
  const { installed: all } = await installation();
  return askChoice(
    "Which provider?",
    all.map(({ provider: { id, name } }) => ({ value: id, label: name, hint: id })),
  );
}

async function signIn(input: ProfileInput, options: Options, saved: SavedConnections, screen: Screen): Promise<Profile> {
  const { key: _, auth: __, ...create } = input;
  return signInWithBrowser(options, screen, {
    begin: (callback) => startSignIn(saved.profiles, { create }, callback),
    finish: ({ pending }, returned) => finishSignIn(saved.profiles, pending, returned, { signal: screen.signal }),
  });
}

async function begin(file: string, input: ProfileInput, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  const { key: _, auth: __, ...create } = input;
  const { url, pending } = await startSignIn(saved.profiles, { create }, options.callback);
  // Private, because whoever has its verifier and the code can get the key.
  await writePrivateFile(file, `${pending}\n`, "begin-sign-in");
  if (screen.json) return screen.outJson({ url, pending: file });
  await screen.out(`${url}\n`);
  screen.line(`Open this page, sign in, and finish with: lumiverse connect --finish-sign-in ${file} --code "the address that it leads to"`);
}

async function finish(file: string, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  const pending = await readTextFile(file, "finish-sign-in");
  const code =
    options.code ?? (canAsk(screen) ? await askText("The code, or the address that the page led to", { required: true }) : undefined);
  if (code === undefined)
    throw new LumiverseError({
      code: "configuration",
      field: "code",
      message: "the code of the sign-in is missing",
      hint: "Pass it with --code",
    });
  const provider = providerOfPending(pending);
  if (provider !== undefined) saved.add((await installed(provider)).provider);
  await report(await finishSignIn(saved.profiles, pending, code, { signal: screen.signal }), options, saved, screen);
}

/** The provider's id in a pending sign-in. `finishSignIn` checks the rest of the text. */
function providerOfPending(text: string): string | undefined {
  try {
    const id = valueAt(JSON.parse(text), "signIn.provider");
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

async function report(profile: Profile, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  const verdict = options.check ? await verdictOn(await saved.profiles.source(profile.id), screen) : undefined;
  await show(profile, verdict, saved, screen);
}

async function show(profile: Profile, verdict: KeyVerdict | undefined, saved: SavedConnections, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson({ connection: profile, ...(verdict === undefined ? {} : { check: verdict }) });
  await showCard(profile, saved.profiles, {}, screen);
  if (verdict?.usable !== true && verdict?.reason !== undefined) showVerdict(verdict, verdict.reason, profile, screen);
  screen.line(`Saved. Next: lumiverse chat ${shellWord(profile.name)}`, "dim");
}

/** Shows what the check found, unless a chat would succeed. */
function showVerdict({ key, usable, hint }: KeyVerdict, reason: string, { auth }: Profile, screen: Screen): void {
  // Nothing is wrong: there is no key to check, or the key is valid and only the balance is unknown.
  if (auth === "none" || (key === "valid" && usable === "unknown")) return screen.line(`note: ${reason}`, "yellow");
  const what = key === "valid" ? "the key is valid, but a chat would not succeed now" : "the key could not be checked";
  screen.line(`warning: ${what}: ${reason}`, "yellow");
  if (hint !== undefined) screen.line(`hint: ${hint}`);
}
