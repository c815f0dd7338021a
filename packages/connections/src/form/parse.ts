import type { Provider } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { withValue } from "../dotted-path.ts";
import type { FieldIssue } from "../error.ts";
import type { Auth, ProfileInput, ReasoningBinding } from "../profile/profile.ts";
import { checkInput, nameIssues } from "../profile/validate.ts";
import { type FormField, readable, SETTINGS } from "./field.ts";
import { isShown } from "./visibility.ts";

export interface ParseOptions {
  /** True when a key is stored, so that an empty key field keeps it. */
  hasStoredKey?: boolean;
  allowHttp?: boolean;
}

/** A profile as `profiles.create` accepts it, or every problem. The messages are whole sentences without the final stop. */
export type ParsedForm = { profile: ProfileInput; issues?: undefined } | { issues: readonly FieldIssue[]; profile?: undefined };

const FIELDS = new Set(["name", "auth", "key", "baseURL", "model", "settings", "reasoning", "signIn"]);

export async function parseValues(
  provider: Provider,
  fields: readonly FormField[],
  given: unknown,
  { hasStoredKey = false, allowHttp = false }: ParseOptions = {},
): Promise<ParsedForm> {
  if (!isObject(given)) return { issues: [{ path: "", message: "The form has no values" }] };
  const issues: FieldIssue[] = Object.keys(given)
    .filter((name) => !FIELDS.has(name))
    .map((path) => ({ path, message: "there is no such field" }));
  const text = (name: string): string | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
    issues.push({ path: name, message: "must be text" });
    return undefined;
  };
  const [name, key, baseURL, model, auth] = [text("name"), text("key"), text("baseURL"), text("model"), text("auth")];
  if (!issues.some(({ path }) => path === "name")) issues.push(...nameIssues(name ?? ""));
  const isAuth = auth === undefined || auth === "key" || auth === "none" || auth === "environment";
  if (!isAuth) issues.push({ path: "auth", message: "must be one of key, environment, none" });
  // Values of hidden fields are ignored.
  const hidden = fields
    .filter((field) => field.path.startsWith(`${SETTINGS}.`) && !isShown(field, fields, given))
    .map(({ path }) => path.slice(SETTINGS.length + 1));
  const all = given["settings"];
  const settings = withoutEmpty(isObject(all) ? hidden.reduce((kept, path) => withValue(kept, path, undefined), all) : all);
  if (given["settings"] !== undefined && !isObject(given["settings"])) issues.push({ path: "settings", message: "must be an object" });
  const reasoning = bindingOf(given["reasoning"], issues);
  const input: Omit<ProfileInput, "name" | "provider"> = {
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(model === undefined ? {} : { model }),
    ...(auth === undefined || !isAuth ? {} : { auth: auth as Auth }), // checked above
    // The key field is hidden for another kind of authentication.
    ...(key === undefined || (auth !== undefined && auth !== "key") ? {} : { key }),
    ...(isObject(settings) ? { settings } : {}),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
  const checked = await checkInput(provider, input, { hasStoredKey, allowHttp });
  issues.push(...(checked.issues ?? []));
  // Without a valid address the given choice counts, so that a missing key is reported together with it.
  const needsKey = (checked.value?.auth ?? auth) === "key";
  if (needsKey && key === undefined && !hasStoredKey) issues.push({ path: "key", message: "is required" });
  if (checked.issues !== undefined || issues.length > 0) return { issues: distinct(issues.map((issue) => worded(issue, fields))) };
  return { profile: { name: name ?? "", provider: provider.id, ...input, auth: checked.value.auth } };
}

/** Removes what a form leaves empty: null, and texts, lists and records with nothing in them. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutEmpty).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (isObject(value)) {
    const entries = Object.entries(value).flatMap(([key, inner]) => {
      const kept = withoutEmpty(inner);
      return kept === undefined ? [] : [[key, kept] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return value === null || value === "" ? undefined : value;
}

/** The binding from the form's fields: `budget` with its tokens becomes one effort, and a choice such as `3` becomes a number of answers. */
function bindingOf(given: unknown, issues: FieldIssue[]): ReasoningBinding | undefined {
  const values = withoutEmpty(given);
  if (!isObject(values)) return undefined;
  const { effort, budgetTokens, history, ...others } = values;
  if (effort === "budget" && budgetTokens === undefined) {
    issues.push({ path: "reasoning.budgetTokens", message: "is required" });
    return undefined;
  }
  return {
    ...others,
    // `checkInput` checks what these hold.
    ...(effort === undefined
      ? {}
      : { effort: (effort === "budget" ? { budgetTokens } : effort) as NonNullable<ReasoningBinding["effort"]> }),
    ...(history === undefined
      ? {}
      : {
          history: (typeof history === "string" && /^\d+$/.test(history) ? Number(history) : history) as NonNullable<
            ReasoningBinding["history"]
          >,
        }),
  };
}

/** The problem with the field's title in front. */
function worded({ path, message }: FieldIssue, fields: readonly FormField[]): FieldIssue {
  const field = fields.find((one) => one.path === path) ?? fields.find((one) => path.startsWith(`${one.path}.`));
  const isGroup = fields.some((one) => one.path.startsWith(`${path}.`));
  const title = field?.title ?? (isGroup ? readable(path.split(".").at(-1) ?? path) : path);
  const isPredicate = /^(?:must|is|has|carries|contains|uses|takes|accepts)\b/.test(message);
  return { path, message: title === "" ? message : isPredicate ? `${title} ${message}` : `${title}: ${message}`, isSentence: true };
}

function distinct(issues: readonly FieldIssue[]): FieldIssue[] {
  return [...new Map(issues.map((issue) => [`${issue.path}\n${issue.message}`, issue])).values()];
}
