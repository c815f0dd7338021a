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
  valuesOf,
} from "@lumiverse/connections";
import { listenForCallback } from "@lumiverse/connections/node";
import type { JsonObject, Provider } from "@lumiverse/core";
import { Command } from "commander";
import { collect } from "../connection/options.ts";
import { type SavedConnections, withSavedConnections } from "../connection/saved.ts";
import { mergedSettings } from "../connection/target.ts";
import { askField, askSettings, valueAt, withValue } from "../form/ask.ts";
import { type FormFlags, hasFormFlags, hintFor, settingLines, valuesFromFlags, withFormFlags } from "../form/flags.ts";
import { wholeNumber } from "../request/options.ts";
import { askSecret, canAsk } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { returnOfSignIn } from "./browser-sign-in.ts";
import { showCard } from "./card.ts";
import { savedProfile } from "./connection-name.ts";
import type { CommandContext } from "./context.ts";
import { invalidForm } from "./new-profile.ts";

interface Options extends FormFlags {
  unset?: readonly string[];
  forgetKey?: boolean;
  signIn?: boolean;
  port: number;
  open: boolean;
  settings?: boolean;
}

export function editCommand({ screen }: CommandContext): Command {
  const command = new Command("edit")
    .description("change a connection: what the options say, or, on a terminal without options, what you answer")
    .argument("[connection]", "its name (default: the default connection)");
  return withFormFlags(command)
    .option("--unset <path>", "remove a setting, baseURL or reasoning (repeatable)", collect)
    .option("--forget-key", "remove the stored key")
    .option("--sign-in", "replace the key by signing in on the vendor's page")
    .option("--port <n>", "with --sign-in: the port of the loopback address (default: any free port)", wholeNumber, 0)
    .option("--no-open", "do not open a browser")
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

A new host, or another provider, needs the key again: a stored key is never sent to another address.`,
    )
    .action((name: string | undefined, options: Options) =>
      withSavedConnections(screen, async (saved) => {
        const profile = await savedProfile(saved, name);
        const provider = saved.profiles.provider(profile.provider);
        const form = await formOf(provider);
        if (options.settings === true) return showSettings(form, screen);
        if (options.signIn === true) await signIn(profile, options, saved, screen);
        const changes = await changesFrom(profile, provider, form, options, screen);
        const edited = await update(saved, profile, changes);
        await showCardOrProfile(edited, saved, screen);
      }),
    );
}

async function showSettings(form: Form, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson(form.fields);
  for (const line of settingLines(form)) await screen.out(`${line}\n`);
}

async function showCardOrProfile(profile: Profile, saved: SavedConnections, screen: Screen): Promise<void> {
  if (screen.json) return screen.outJson(profile);
  await showCard(profile, saved.profiles, {}, screen);
}

async function changesFrom(profile: Profile, provider: Provider, form: Form, options: Options, screen: Screen): Promise<ProfileChanges> {
  const isSilent = hasFormFlags(options) || options.unset !== undefined || options.forgetKey === true || options.signIn === true;
  const before = valuesOf(profile);
  const given = await valuesFromFlags(provider, options, screen.signal);
  let values = (options.unset ?? []).reduce((left, path) => withValue(left, pathOf(path), undefined), mergedSettings(before, given));
  // The budget belongs to the effort that it was given with.
  if (valueAt(given, "reasoning.effort") !== undefined && valueAt(given, "reasoning.effort") !== "budget")
    values = withValue(values, ["reasoning", "budgetTokens"], undefined);
  if (!isSilent && canAsk(screen)) values = await askEverything(form, values);
  const { profile: parsed, issues } = await form.parse(values, {
    hasStoredKey: profile.secrets.key === "set" || options.forgetKey === true,
  });
  if (parsed === undefined) throw invalidForm(issues);
  return { ...changesOf(parsed), ...(options.forgetKey === true ? { key: null } : {}) };
}

/** `routing.sort` is a setting; `baseURL`, `model` and `reasoning` are fields of the connection itself. */
function pathOf(path: string): string[] {
  return /^(?:baseURL|model|reasoning(?:\..+)?)$/.test(path) ? path.split(".") : ["settings", ...path.split(".")];
}

async function askEverything(form: Form, values: JsonObject): Promise<JsonObject> {
  let answers = values;
  for (const path of ["name", "baseURL", "model"]) {
    const field = form.fields.find((one) => one.path === path);
    if (field !== undefined) answers = withValue(answers, [path], await askField(field, valueAt(answers, path)));
  }
  if (valueAt(answers, "auth") === "key") {
    const key = await askSecret("A new key (empty: the stored one stays)");
    if (key !== "") answers = withValue(answers, ["key"], key);
  }
  return askSettings(form, answers);
}

/** @throws ConnectionsError with the options that solve the problem */
async function update(saved: SavedConnections, { id, revision }: Profile, changes: ProfileChanges): Promise<Profile> {
  try {
    const { revision: stored } = await saved.profiles.get(id);
    // A sign-in of this command has changed the connection; a change of another process meanwhile is a conflict.
    return await saved.profiles.update(id, changes, { revision: Math.max(revision, stored) });
  } catch (cause) {
    if (!isConnectionsError(cause) || cause.issues.length === 0) throw cause;
    const { code, message, issues } = cause;
    const without = code === "key-required" ? ", or --forget-key to go without" : "";
    throw new ConnectionsError({ code, message, issues, hint: `Nothing was saved. ${hintFor(issues)}${without}`, cause });
  }
}

async function signIn({ id }: Profile, options: Options, saved: SavedConnections, screen: Screen): Promise<void> {
  const server = await listenForCallback(options.port);
  try {
    const started = await startSignIn(saved.profiles, { profile: id }, server.url);
    await finishSignIn(saved.profiles, started.pending, await returnOfSignIn(started, server, options.open, screen), {
      signal: screen.signal,
    });
  } finally {
    server.close();
  }
}
