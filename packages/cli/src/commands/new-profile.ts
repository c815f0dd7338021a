/** A connection that is about to be saved, from options, a person's answers and defaults. */
import {
  type ConnectionSource,
  type ConnectionsError,
  draftSource,
  type FieldIssue,
  type Form,
  type FormField,
  invalidFields,
  isChatModel,
  isConnectionsError,
  listModels,
  type ModelListing,
  type ProfileChanges,
  type ProfileInput,
  storeCache,
  valueAt,
  withValue,
} from "@lumiverse/connections";
import { isLumiverseError, type JsonObject, type Provider } from "@lumiverse/core";
import { type ChosenModel, catalogueDefault, firstListed } from "../connection/default-model.ts";
import { keyVariable, readKeyFromDotenv } from "../connection/dotenv.ts";
import type { SavedConnections } from "../connection/saved.ts";
import { askField, askSettings } from "../form/ask.ts";
import { type FormFlags, hintFor, readKeyFile, valuesFromFlags } from "../form/flags.ts";
import { askChoice, askSecret, askText, askYesNo, type Choice } from "../terminal/prompts.ts";
import type { Screen } from "../terminal/screen.ts";
import { askPathOrContent } from "../terminal/secret-file-prompt.ts";

export interface NewProfileOptions extends FormFlags {
  signIn?: boolean;
  beginSignIn?: string;
}

export interface NewProfile {
  input: ProfileInput;
  /** The key comes from the vendor's page. */
  signsIn: boolean;
}

/** What the steps that make a new connection need. */
export interface NewProfileContext {
  provider: Provider;
  form: Form;
  saved: SavedConnections;
  /** Asks the person for what no option gives. False: it gets its default. */
  asks: boolean;
  screen: Screen;
}

/** @throws ConnectionsError `invalid` with every problem */
export async function newProfile(context: NewProfileContext, options: NewProfileOptions): Promise<NewProfile> {
  const { provider, form, saved, asks, screen } = context;
  let values = await valuesFromFlags(provider, options, screen.signal);
  const given = values["key"];
  const suggested = await freeName(provider.name, saved);
  if (values["name"] === undefined)
    values = { ...values, name: asks ? await askText("Name of the connection", { initial: suggested, required: true }) : suggested };
  if (asks && values["baseURL"] === undefined && provider.base === undefined) values = await answered(form, values, "baseURL");
  let signsIn = options.signIn === true || options.beginSignIn !== undefined;
  if (!signsIn && values["key"] === undefined && values["auth"] === undefined)
    ({ values, signsIn } = await withCredential(context, values));
  if (signsIn) values = { ...values, auth: "key" };
  if (values["model"] === undefined) values = await withModel(context, values);
  if (asks) values = await askSettings(form, values);
  for (;;) {
    // A sign-in brings the key later, so the form must not demand it.
    const { profile, issues } = await form.parse(values, { hasStoredKey: signsIn });
    if (profile !== undefined) {
      if (given !== undefined) warnOfDoubt(form, profile, screen);
      return { input: profile, signsIn };
    }
    const asked = issues.map(({ path }) => form.fields.find((field) => field.path === path || path.startsWith(`${field.path}.`)));
    const again = asked.filter((field) => field !== undefined);
    if (!asks || again.length === 0) throw invalidForm(issues, form);
    for (const issue of issues) screen.line(issue.message, "red");
    for (const field of new Set(again)) values = withValue(values, field.path, await askField(field, valueAt(values, field.path)));
  }
}

/** Every problem of a form, with the options that solve them, and the page where a missing key is made. */
export function invalidForm(issues: readonly FieldIssue[], form: Form): ConnectionsError {
  const lacksKey = issues.some(({ path }) => path === "key");
  const page = lacksKey ? form.fields.find(({ path }) => path === "key")?.link : undefined;
  const unknown = issues.filter(({ path }) => path.startsWith("settings.") && !hasFieldAt(form, path));
  const others = issues.filter((issue) => !unknown.includes(issue));
  const hints = [
    ...(others.length === 0 ? [] : [hintFor(others)]),
    ...(unknown.length === 0 ? [] : ["--settings lists the settings that there are"]),
    ...(page === undefined ? [] : [`Keys are made at ${page}`]),
  ];
  return invalidFields(issues, hints.join(". "));
}

/** True when the form has a field at the path, below it or above it. */
function hasFieldAt({ fields }: Form, path: string): boolean {
  return fields.some((field) => field.path === path || field.path.startsWith(`${path}.`) || path.startsWith(`${field.path}.`));
}

async function answered(form: Form, values: JsonObject, path: string): Promise<JsonObject> {
  const field = form.fields.find((one) => one.path === path);
  return field === undefined ? values : withValue(values, path, await askField(field, valueAt(values, path)));
}

/** Adds the key, or where it comes from. Without questions: the environment, if its variable is set. */
async function withCredential(
  { provider, form, asks, screen }: NewProfileContext,
  values: JsonObject,
): Promise<{ values: JsonObject; signsIn: boolean }> {
  const auth = form.fields.find(({ path }) => path === "auth");
  const key = form.fields.find(({ path }) => path === "key");
  const variable = keyVariable(provider);
  if (auth === undefined || key === undefined || variable === undefined) return { values, signsIn: false };
  const offersVariable = auth.choices?.some(({ value }) => value === "environment") === true && values["baseURL"] === undefined;
  if (offersVariable) await readKeyFromDotenv(variable, screen);
  const isSet = offersVariable && (process.env[variable] ?? "") !== "";
  if (!asks) return { values: isSet ? { ...values, auth: "environment" } : values, signsIn: false };
  const choices: Choice<string>[] = [
    ...(isSet ? [{ value: "environment", label: `From ${variable}`, hint: "it is set" }] : []),
    ...(provider.signIn !== undefined && values["baseURL"] === undefined
      ? [{ value: "sign-in", label: `Sign in with ${provider.name}` }]
      : []),
    { value: "key", label: key.title, ...(key.link === undefined ? {} : { hint: key.link }) },
    ...(isSet || !offersVariable ? [] : [{ value: "environment", label: `From ${variable}`, hint: "it is not set now" }]),
    ...(provider.credential.kind === "api-key" && (!provider.credential.required || values["baseURL"] !== undefined)
      ? [{ value: "none", label: "No key" }]
      : []),
  ];
  const chosen = await askChoice("Key", choices, auth.default === "none" ? "none" : undefined);
  if (chosen === "sign-in") return { values, signsIn: true };
  if (chosen !== "key") return { values: { ...values, auth: chosen }, signsIn: false };
  const { baseURL } = values;
  const question = typeof baseURL === "string" ? { baseURL } : {};
  return { values: { ...values, auth: "key", key: await askKey(form, key, screen, question) }, signsIn: false };
}

export interface KeyQuestion {
  /** The address as typed. Absent: the provider's own. */
  baseURL?: string;
  /** Default: the field's title. */
  message?: string;
  /** True when an empty answer keeps what is stored. */
  isOptional?: boolean;
}

/** Asks for the key until it can be one. A person can insist on a doubtful one. Empty: the answer to an optional question. */
export async function askKey(
  form: Form,
  { kind, title }: FormField,
  screen: Screen,
  { baseURL, message = title, isOptional = false }: KeyQuestion,
): Promise<string> {
  for (;;) {
    if (kind !== "secret-text") {
      const problem = (answer: string): string | undefined => form.describeKey(answer, baseURL).problem;
      const answer = await askSecret(message, { required: !isOptional, problem });
      const { doubt } = answer === "" ? {} : form.describeKey(answer, baseURL);
      if (doubt === undefined || (await askYesNo(`The key ${doubt}. Use it all the same?`, false))) return answer;
      continue;
    }
    const answer = await askPathOrContent(`${message}: paste it, or type the path of its file`);
    const key = "content" in answer ? answer.content : await readKeyFile(answer.path).catch(reported(screen));
    if (key === undefined) continue;
    const { problem, details } = form.describeKey(key, baseURL);
    if (problem === undefined) {
      for (const [name, value] of Object.entries(details)) screen.line(`${name}: ${value}`, "dim");
      return key;
    }
    screen.line(problem, "red");
  }
}

/** Warns of a key from an option that is probably a mistake. It is used all the same: the vendor's answer decides. */
export function warnOfDoubt(form: Form, { key, baseURL }: Pick<ProfileChanges, "key" | "baseURL">, screen: Screen): void {
  if (screen.json || typeof key !== "string") return;
  const { doubt } = form.describeKey(key, baseURL ?? undefined);
  if (doubt !== undefined) screen.line(`warning: the key ${doubt}`, "yellow");
}

/** Shows why a file could not be read, so that the question is asked again. */
function reported(screen: Screen): (cause: unknown) => undefined {
  return (cause) => {
    if (!isLumiverseError(cause)) throw cause;
    screen.line(cause.message, "red");
    return undefined;
  };
}

/** The model that the person chooses from the list, or the default one. */
async function withModel(context: NewProfileContext, values: JsonObject): Promise<JsonObject> {
  const { provider, form, asks, screen } = context;
  const settings = (values["settings"] ?? {}) as JsonObject; // `valuesFromFlags` makes an object
  const usual = await catalogueDefault(provider, settings);
  if (!asks) {
    const first = usual ?? firstListed((await modelsFor(context, values))?.models ?? []);
    return first === undefined ? values : withChosen(values, first, screen);
  }
  const listing = await modelsFor(context, values);
  for (const note of listing?.notes ?? []) screen.line(`note: ${note}`, "yellow");
  if (listing === undefined || listing.models.length === 0) return answered(form, values, "model");
  const chats = listing.models.filter(({ id }) => isChatModel(id));
  const [only, second] = chats;
  // A local server often has only one model.
  if (usual === undefined && only !== undefined && second === undefined)
    return withChosen(values, { id: only.id, reason: "the only model of the server that can chat" }, screen);
  const others = (chats.length === 0 ? listing.models : chats).filter(({ id }) => id !== usual?.id);
  const chosen = await askChoice("Model", [
    ...(usual === undefined ? [] : [{ value: usual.id, label: usual.id, hint: usual.reason }]),
    ...others.map(({ id, name }) => ({ value: id, label: id, ...(name === undefined || name === id ? {} : { hint: name }) })),
    { value: OTHER_MODEL, label: "Another one" },
  ]);
  return chosen === OTHER_MODEL ? answered(form, values, "model") : { ...values, model: chosen };
}

function withChosen(values: JsonObject, { id, reason }: ChosenModel, screen: Screen): JsonObject {
  if (!screen.json) screen.line(`model: ${id} (${reason}); --model names another`, "dim");
  return { ...values, model: id };
}

/** No model has an empty id. */
const OTHER_MODEL = "";

/** The live list of models for values that are not saved yet. Undefined for values that are not valid: `newProfile` reports why. */
async function modelsFor({ provider, saved, screen }: NewProfileContext, values: JsonObject): Promise<ModelListing | undefined> {
  let source: ConnectionSource;
  try {
    source = await draftSource(saved.profiles, { ...values, provider: provider.id } as ProfileInput); // the fields are checked there
  } catch (cause) {
    if (!isConnectionsError(cause) && !isLumiverseError(cause)) throw cause;
    return undefined;
  }
  const progress = screen.progress(`loading the models of ${provider.id}`);
  const cache = storeCache(saved.profiles.store);
  return listModels(source, { cache, signal: screen.signal }).finally(() => progress.stop());
}

/** `Groq`, or `Groq 2` where that is taken. */
export async function freeName(name: string, { profiles }: SavedConnections): Promise<string> {
  const taken = new Set((await profiles.list()).map((profile) => profile.name.toLowerCase()));
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name} ${number}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}
