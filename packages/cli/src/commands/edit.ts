import {
  ConnectionsError,
  changesOf,
  type Form,
  finishSignIn,
  form as formOf,
  isConnectionsError,
  type Profile,
  type ProfileChanges,
  startSignIn,
  valueAt,
  valuesOf,
  withValue,
} from "@lumiverse/connections";
import { type JsonObject, LumiverseError, type Provider } from "@lumiverse/core";
import { Command, Option } from "commander";
import { savedProfile } from "../connection/connection-name.ts";
import { collect } from "../connection/options.ts";
import { type SavedConnections, withExistingConnections } from "../connection/saved.ts";
import { mergedSettings } from "../connection/target.ts";
import { askField, askSettings } from "../form/ask.ts";
import { type FormFlags, hasFormFlags, hintFor, valuesFromFlags, withFormFlags } from "../form/flags.ts";
import { askYesNo, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { signInWithBrowser } from "./browser-sign-in.ts";
import { showCard } from "./card.ts";
import type { CommandContext } from "./context.ts";
import { askKey, invalidForm, warnOfDoubt } from "./new-profile.ts";
import { portNumber } from "./port.ts";
import { showSettings } from "./settings-list.ts";

interface Options extends FormFlags {
  unset?: readonly string[];
  forgetKey?: boolean;
  signIn?: boolean;
  port?: number;
  open: boolean;
  settings?: boolean;
  on?: boolean;
  off?: boolean;
}

export function editCommand({ screen }: CommandContext): Command {
  const command = new Command("edit")
    .description("change a connection by options; on a terminal without options, it asks")
    .argument("[connection]", "its name (default: the default connection)");
  return withFormFlags(command)
    .option("--unset <path>", "remove a setting, baseURL or reasoning (repeatable)", collect)
    .option("--forget-key", "remove the stored key")
    .option("--sign-in", "replace the key by signing in on the vendor's page")
    .option("--port <n>", "with --sign-in: the port of the loopback address (default: any free port)", portNumber)
    .option("--no-open", "do not open a browser")
    .addOption(new Option("--off", "switch it off, for example while its vendor is down: it is kept, and not used").conflicts("on"))
    .option("--on", "switch it on again")
    .option("--settings", "list the settings that this connection can have, and change nothing")
    .option("--json", "print one JSON object: the connection, or {error}")
    .addHelpText(
      "after",
      `
Examples:
  lumiverse edit Router                                         (asks)
  lumiverse edit Router --settings
  lumiverse edit Router --setting routing.sort=price --unset plugins.webSearch
  lumiverse edit Claude --setting promptCache.enabled=true --setting promptCache.system=true
  lumiverse edit Local --base-url http://localhost:5000/v1 --key-env LOCAL_KEY
  lumiverse edit Router --name "Router at work" --reasoning high
  lumiverse edit Router --off

A new host, or another provider, needs the key again: a stored key is never sent to another address.`,
    )
    .action((name: string | undefined, options: Options) =>
      withExistingConnections(screen, async (saved) => {
        const profile = await savedProfile(saved, name);
        if (isSwitchAlone(options)) return showCardOrProfile(await saved.profiles.update(profile.id, switchOf(options)), saved, screen);
        const provider = saved.profiles.provider(profile.provider);
        const form = await formOf(provider);
        if (options.settings === true) return showSettings(form, screen);
        if (options.signIn === true) await signIn(profile, options, saved, screen);
        const edited = await edit(profile.id, { provider, form, options }, saved, screen);
        await showCardOrProfile(edited, saved, screen);
      }),
    );
}

async function showCardOrProfile(profile: Profile, saved: SavedConnections, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson(profile);
  await showCard(profile, saved.profiles, {}, screen);
}

/** True when --on or --off is the only change. It works even when the other fields are not valid or the provider is not installed. */
function isSwitchAlone(options: Options): boolean {
  return switchOf(options).isEnabled !== undefined && !changesForm(options) && options.settings !== true;
}

function switchOf({ on = false, off = false }: Options): Pick<ProfileChanges, "isEnabled"> {
  return on || off ? { isEnabled: on } : {};
}

function changesForm(options: Options): boolean {
  return hasFormFlags(options) || options.unset !== undefined || options.forgetKey === true || options.signIn === true;
}

interface Edit {
  provider: Provider;
  form: Form;
  options: Options;
}

/** How often an edit is tried while other processes change the same connection. */
const TRIES = 10;

/**
 * When another process has changed the connection meanwhile, options are applied again, to the changed connection. Answers to questions are refused instead,
 * because the person answered with the old values in view.
 */
async function edit(id: string, { provider, form, options }: Edit, saved: SavedConnections, screen: Screen): Promise<Profile> {
  const given = await valuesFromFlags(provider, options, screen.signal);
  const isSilent = changesForm(options);
  if (!isSilent && !canAsk(screen))
    throw new LumiverseError({
      code: "configuration",
      field: "edit",
      message: "the command does not say what to change, and there is no terminal to ask",
      hint: "See lumiverse edit --help; --settings lists the settings of this connection",
    });
  for (let tries = 1; ; tries++) {
    const profile = await saved.profiles.get(id);
    const stored = await storedRecords(id, form, given, options, saved);
    const values = changedValues(profile, mergedSettings(stored, given), options);
    const changes = await changesFrom(
      profile,
      form,
      options,
      !isSilent && canAsk(screen) ? await askEverything(form, values, screen) : values,
    );
    if (isSilent && tries === 1) warnOfDoubt(form, changes, screen);
    try {
      return await saved.profiles.update(id, changes, { revision: profile.revision });
    } catch (cause) {
      if (!isConnectionsError(cause)) throw cause;
      if (cause.code !== "conflict" || !isSilent || tries === TRIES) throw withOptions(cause);
    }
  }
}

/**
 * The secret records that the options change in part, such as headers, with what the vault holds of them: no listing shows it. Empty when the address changes,
 * because secrets of one address are not sent to another.
 */
async function storedRecords(
  id: string,
  { fields }: Form,
  given: JsonObject,
  { unset = [] }: Options,
  { profiles }: SavedConnections,
): Promise<JsonObject> {
  if (given["baseURL"] !== undefined || unset.includes("baseURL")) return {};
  const changed = fields.filter(
    ({ kind, writeOnly = false, path }) =>
      kind === "record" && writeOnly && (valueAt(given, path) !== undefined || unset.some((one) => formPath(one).startsWith(`${path}.`))),
  );
  if (changed.length === 0) return {};
  const source = { settings: (await profiles.source(id)).settings };
  return changed.reduce<JsonObject>((records, { path }) => withValue(records, path, valueAt(source, path)), {});
}

/** Secret settings that --unset removes, as changes to settings: the vault keeps those that are absent. */
function removedSecrets({ fields }: Form, values: JsonObject, { unset = [] }: Options): JsonObject {
  const removed = fields.filter(({ writeOnly = false, path }) => {
    const left = valueAt(values, path);
    const isEmpty = left === undefined || (typeof left === "object" && left !== null && Object.keys(left).length === 0);
    return writeOnly && isEmpty && unset.some((one) => formPath(one) === path || formPath(one).startsWith(`${path}.`));
  });
  return Object.fromEntries(removed.map(({ path }) => [path.slice("settings.".length), null]));
}

/** The values of the stored connection with the given ones laid over them, without those of --unset. */
function changedValues(profile: Profile, given: JsonObject, { unset = [] }: Options): JsonObject {
  const values = unset.reduce((left, path) => withValue(left, formPath(path), undefined), mergedSettings(valuesOf(profile), given));
  const effort = valueAt(given, "reasoning.effort");
  // A budget belongs to the effort that it was given with.
  return effort === undefined || effort === "budget" ? values : withValue(values, "reasoning.budgetTokens", undefined);
}

async function changesFrom({ secrets }: Profile, form: Form, options: Options, values: JsonObject): Promise<ProfileChanges> {
  const { forgetKey = false } = options;
  const { profile: parsed, issues } = await form.parse(values, { hasStoredKey: secrets.key === "set" || forgetKey });
  if (parsed === undefined) throw invalidForm(issues, form);
  const changes = changesOf(parsed);
  return {
    ...changes,
    settings: { ...changes.settings, ...removedSecrets(form, values, options) },
    ...(forgetKey ? { key: null } : {}),
    ...switchOf(options),
  };
}

/** `routing.sort` is a setting; `baseURL`, `model` and `reasoning` are fields of the connection itself. */
function formPath(path: string): string {
  return /^(?:baseURL|model|reasoning(?:\..+)?)$/.test(path) ? path : `settings.${path}`;
}

async function askEverything(form: Form, values: JsonObject, screen: Screen): Promise<JsonObject> {
  let answers = values;
  for (const path of ["name", "baseURL", "model"]) {
    const field = form.fields.find((one) => one.path === path);
    if (field !== undefined) answers = withValue(answers, path, await askField(field, valueAt(answers, path)));
  }
  if (valueAt(answers, "auth") === "key") {
    const key = await askNewKey(form, valueAt(answers, "baseURL"), screen);
    if (key !== "") answers = withValue(answers, "key", key);
  }
  return askSettings(form, answers);
}

/** Empty: the stored key stays. */
async function askNewKey(form: Form, address: unknown, screen: Screen): Promise<string> {
  const field = form.fields.find(({ path }) => path === "key");
  if (field === undefined) return "";
  if (field.kind === "secret-text" && !(await askYesNo(`Replace the stored ${field.title}?`, false))) return "";
  const baseURL = typeof address === "string" ? { baseURL: address } : {};
  const optional = field.kind === "secret-text" ? {} : { message: "A new key (empty: the stored one stays)", isOptional: true };
  return askKey(form, field, screen, { ...baseURL, ...optional });
}

/** The error with a hint that names the options which solve the problem. */
function withOptions(cause: ConnectionsError): ConnectionsError {
  const { code, message, issues } = cause;
  if (issues.length === 0) return cause;
  const goWithout = code === "key-required" ? ", or --forget-key to go without" : "";
  return new ConnectionsError({ code, message, issues, hint: `Nothing was saved. ${hintFor(issues)}${goWithout}`, cause });
}

async function signIn({ id }: Profile, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  await signInWithBrowser(options, screen, {
    begin: (callback) => startSignIn(saved.profiles, { profile: id }, callback),
    finish: ({ pending }, returned) => finishSignIn(saved.profiles, pending, returned, { signal: screen.signal }),
  });
}
