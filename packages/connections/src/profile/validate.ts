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

/** What people paste in place of a key. */
interface NotKey {
  shape: RegExp;
  /** Follows "is" or "looks like". */
  what: string;
  todo?: string;
  /** True when even a vendor's own key might look so. */
  isDoubtful?: true;
}

/** No vendor's key looks like one of these, but a server of one's own takes whatever it was started with. */
const NOT_KEYS: readonly NotKey[] = [
  {
    shape: /[•●*…]{3}|\.{3}|…/,
    what: "a shortened key, as lists of keys show it",
    todo: "Vendors show a whole key once: create another one",
  },
  {
    // Base64 ends with equals signs: `AB_CD==` is a key.
    shape: /^(?:export\s+|set\s+|\$env:)?[A-Z][A-Z0-9]*_[A-Z0-9_]+\s*=\s*[^\s=]/,
    what: "a line that sets a variable",
    todo: "Paste what follows the equals sign",
  },
  { shape: /^(?:authorization|x-api-key|x-goog-api-key|api-key)\s*:/i, what: "a header", todo: "Paste what follows its name" },
  { shape: /^https?:\/\//i, what: "a web address", todo: "Open it, and copy the key from there" },
  {
    shape: /^(?:<.*>|\$\{?\w+\}?|%\w+%|\{\{.*\}\}|your[-_ ]?(?:\w+[-_ ])?(?:api[-_ ]?)?key(?:[-_ ]?here)?)$/i,
    what: "an example that stands for a key",
    isDoubtful: true,
  },
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
  if (input.key !== undefined) issues.push(...keyIssues(provider, input.key, read.address?.isVendor ?? false, hasStoredKey));
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

/**
 * Problems with a key that show without a request to the vendor. The key is not quoted.
 * @param isVendor whether the key is for the vendor's own address. Any other server may accept whatever a header can carry.
 * @param hasStoredKey whether the key replaces a stored one. The characters that stand for that one are no key then, whatever the server accepts.
 */
export function keyIssues(provider: Provider, key: string, isVendor: boolean, hasStoredKey = false): FieldIssue[] {
  const issue = (message: string): FieldIssue[] => [{ path: "key", message }];
  if (key.trim() === "") return issue("is empty. To use no key, choose that");
  const masked = MASK.test(key) ? issue("is the placeholder that stands for the stored key. Leave the field empty to keep that key") : [];
  if ((isVendor || hasStoredKey) && masked.length > 0) return masked;
  const found = notKey(provider, key);
  if (isVendor && found !== undefined && found.isDoubtful !== true) return issue(`is ${found.what}${adviceOf(found)}`);
  try {
    // Any address will do, and some providers have none of their own.
    connectSource({ provider, auth: "key", key, settings: {}, resolvedURL: provider.base ?? "http://localhost/v1" }).close();
    return [];
  } catch (cause) {
    if (!isLumiverseError(cause)) throw cause;
    if (masked.length > 0) return masked;
    const message = cause.message.replace(`${provider.id}: `, "").replace(/^the key /, "");
    return issue(cause.hint === undefined ? message : `${message}. ${cause.hint}`);
  }
}

/** Why a key without problems is probably a mistake, as what follows "the key". A person decides. */
export function keyDoubt(provider: Provider, key: string): string | undefined {
  const found = notKey(provider, key);
  return found === undefined ? undefined : `looks like ${found.what}${adviceOf(found)}`;
}

function notKey({ credential }: Provider, key: string): NotKey | undefined {
  return credential.kind === "api-key" ? NOT_KEYS.find(({ shape }) => shape.test(key.trim())) : undefined;
}

function adviceOf({ todo }: NotKey): string {
  return todo === undefined ? "" : `. ${todo}`;
}

/** Problems with a name, other than that it is taken. */
export function nameIssues(name: unknown): FieldIssue[] {
  if (typeof name !== "string" || name.trim() === "") return [{ path: "name", message: "is required" }];
  if (name.trim().length > 100) return [{ path: "name", message: "must be at most 100 characters" }];
  return /\p{Cc}/u.test(name) ? [{ path: "name", message: "contains a control character" }] : [];
}
