import { isLumiverseError, type JsonObject, type Provider } from "@lumiverse/core";
import type { FieldIssue } from "../error.ts";
import { type Address, readAddress } from "./address.ts";
import { connectSource } from "./connect.ts";
import type { Auth, ProfileInput } from "./profile.ts";
import { reasoningIssues } from "./reasoning.ts";
import { secretPaths } from "./secret-settings.ts";

/** A profile's fields as the provider accepts them. */
export interface CheckedInput {
  address: Address;
  auth: Auth;
  key?: string;
  /** With secret settings. */
  settings: JsonObject;
  /** Dotted paths of the provider's secret settings. */
  secretPaths: string[];
  /** The version of the settings, which is stored beside them. */
  settingsVersion: number;
}

/** Characters that front ends show in place of a stored key. */
const MASK = /^[•●*·…\s]+$/;

/** Texts that people paste in place of a key, with what each of them is. No vendor's key looks like one. */
const NOT_KEYS: readonly (readonly [RegExp, string])[] = [
  [/[•●*…]{3}|\.{3}|…/, "is shortened, as lists of keys show it. Vendors show a whole key once: create another one"],
  [/^(?:export\s+|set\s+|\$env:)?[A-Z][A-Z0-9]*_[A-Z0-9_]+\s*=\s*\S/, "is a line that sets a variable. Paste what follows the equals sign"],
  [/^(?:authorization|x-api-key|x-goog-api-key|api-key)\s*:/i, "is a header. Paste what follows its name"],
  [/^https?:\/\//i, "is a web address. Open it, and copy the key from there"],
  [
    /^(?:<.*>|\$\{?\w+\}?|%\w+%|\{\{.*\}\}|your[-_ ]?(?:\w+[-_ ])?(?:api[-_ ]?)?key(?:[-_ ]?here)?)$/i,
    "is an example that stands for a key",
  ],
];

/** Ids with a vendor, a path and a date have about 100 characters. */
const LONGEST_MODEL = 1000;

/** Checks everything but the name against the provider, and finds all problems. Sends nothing. */
export async function checkInput(
  provider: Provider,
  input: Omit<ProfileInput, "name" | "provider">,
  { hasStoredKey = false, allowHttp = false }: { hasStoredKey?: boolean; allowHttp?: boolean } = {},
): Promise<{ value: CheckedInput; issues?: undefined } | { issues: FieldIssue[]; value?: undefined }> {
  const issues = typeIssues(input);
  if (issues.length > 0) return { issues };
  const read = readAddress(provider, input.baseURL, allowHttp);
  if (read.issue !== undefined) issues.push(read.issue);
  const auth = input.auth ?? defaultAuth(provider, read.address, input.key !== undefined || hasStoredKey);
  issues.push(...authIssues(provider, read.address, auth));
  if (input.key !== undefined) issues.push(...keyIssues(provider, input.key));
  const settings = input.settings ?? {};
  const module = await provider.settings?.();
  if (module === undefined) {
    if (Object.keys(settings).length > 0) issues.push({ path: "settings", message: `${provider.name} has no settings` });
  } else {
    for (const { path, message } of module.validate(settings).issues ?? [])
      issues.push({ path: path === "" ? "settings" : `settings.${path}`, message });
  }
  issues.push(...reasoningIssues(input.reasoning));
  if ((input.model?.length ?? 0) > LONGEST_MODEL) issues.push({ path: "model", message: `must be at most ${LONGEST_MODEL} characters` });
  if (issues.length > 0 || read.address === undefined) return { issues };
  const key = input.key?.trim();
  return {
    value: {
      address: read.address,
      auth,
      ...(key === undefined ? {} : { key }),
      settings,
      secretPaths: secretPaths(module?.fields ?? []),
      settingsVersion: module?.migrations?.length ?? 0,
    },
  };
}

/** Values of the wrong type, which a program without TypeScript may pass. */
function typeIssues({ key, model, baseURL }: Omit<ProfileInput, "name" | "provider">): FieldIssue[] {
  return Object.entries({ key, model, baseURL }).flatMap(([path, value]) =>
    value === undefined || value === null || typeof value === "string" ? [] : [{ path, message: "must be text" }],
  );
}

function defaultAuth({ credential }: Provider, address: Address | undefined, hasKey: boolean): Auth {
  if (credential.kind === "none") return "none";
  return hasKey || (credential.required && address?.isVendor !== false) ? "key" : "none";
}

function authIssues({ name, credential }: Provider, address: Address | undefined, auth: Auth): FieldIssue[] {
  if (auth === "none" && credential.kind !== "none" && credential.required && address?.isVendor === true)
    return [{ path: "auth", message: `${name} requires a key` }];
  if (auth === "environment" && address?.isVendor === false)
    return [{ path: "auth", message: `must be a stored key or none: the key of the environment is sent to ${name} alone` }];
  if (auth !== "none" && credential.kind === "none") return [{ path: "auth", message: `${name} takes no key` }];
  return [];
}

/** Problems with a key that show without a request to the vendor. The key is not quoted. */
export function keyIssues(provider: Provider, key: string): FieldIssue[] {
  const issue = (message: string): FieldIssue[] => [{ path: "key", message }];
  if (key.trim() === "") return issue("is empty. To use no key, choose that");
  if (MASK.test(key)) return issue("is the placeholder that stands for the stored key. Leave the field empty to keep that key");
  const [, found] = (provider.credential.kind === "api-key" && NOT_KEYS.find(([shape]) => shape.test(key.trim()))) || [];
  if (found !== undefined) return issue(found);
  try {
    // Any address will do, and some providers have none of their own.
    connectSource({ provider, auth: "key", key, settings: {}, resolvedURL: provider.base ?? "http://localhost/v1" }).close();
    return [];
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    const message = cause.message.replace(`${provider.id}: `, "").replace(/^the key /, "");
    return issue(cause.hint === undefined ? message : `${message}. ${cause.hint}`);
  }
}

/** Problems with a name, other than that it is taken. */
export function nameIssues(name: unknown): FieldIssue[] {
  if (typeof name !== "string" || name.trim() === "") return [{ path: "name", message: "is required" }];
  if (name.trim().length > 100) return [{ path: "name", message: "must be at most 100 characters" }];
  return /\p{Cc}/u.test(name) ? [{ path: "name", message: "contains a control character" }] : [];
}
