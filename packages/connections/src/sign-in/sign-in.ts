/** Signs in with a vendor and stores the key that it issues, for a profile that exists or for a new one. */
import { beginSignIn, type PendingSignIn, resumeSignIn } from "@lumiverse/core";
import { ConnectionsError, invalidFields } from "../error.ts";
import type { Profile, ProfileInput } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";

/** Where the key goes: to a profile that exists, or to one that is made when the sign-in succeeds. */
export type SignInTarget = { profile: string } | { create: Omit<ProfileInput, "key" | "auth"> };

export interface StartedSignIn {
  /** The address to open for the person. */
  url: string;
  /** The address to which the vendor redirects. */
  callback: string;
  /** Everything that `finishSignIn` needs, as text, for this process or another one. It holds the verifier, so keep it as safe as a key. */
  pending: string;
}

interface Pending {
  format: "lumiverse-sign-in";
  version: 1;
  target: SignInTarget;
  signIn: PendingSignIn;
}

/**
 * Starts a sign-in. Stores nothing: a person who closes the page leaves nothing behind.
 * @param callback The address to which the vendor redirects, from the application's configuration: https, or http on a loopback address.
 * @throws LumiverseError `unsupported` when the provider has no sign-in, `configuration` for a callback that it does not accept
 */
export async function startSignIn(profiles: Profiles, target: SignInTarget, callback: string | URL): Promise<StartedSignIn> {
  const { id: provider, baseURL } =
    "profile" in target
      ? await profiles.get(target.profile).then((profile) => ({ id: profile.provider, baseURL: profile.baseURL }))
      : { id: target.create.provider, baseURL: target.create.baseURL };
  if (baseURL !== undefined && baseURL !== null && baseURL !== "")
    throw invalidFields([{ path: "baseURL", message: "the vendor issues keys for its own address: clear the URL to sign in" }]);
  const { url, callback: returnTo, pending: signIn } = await beginSignIn(profiles.provider(provider), { callback, ...fetchOf(profiles) });
  const pending: Pending = { format: "lumiverse-sign-in", version: 1, target, signIn };
  return { url, callback: returnTo, pending: JSON.stringify(pending) };
}

/**
 * Exchanges the code for a key and stores it. After a failure the same pending sign-in can be tried again, as long as the vendor accepts the code.
 * @param returned The URL to which the vendor redirected, or the bare code from it, as pasted. A pasted URL is read, never fetched.
 * @throws LumiverseError `authentication` for a return of another sign-in or a refused code, `network`, `timeout`. Nothing is stored then.
 */
export async function finishSignIn(
  profiles: Profiles,
  pending: string,
  returned: string,
  options: { signal?: AbortSignal } = {},
): Promise<Profile> {
  const { target, signIn } = readPending(pending);
  const provider = profiles.provider(signIn.provider);
  const resumed = resumeSignIn(provider, signIn, fetchOf(profiles));
  const { key } = await resumed.finish(returnURL(returned.trim(), signIn.callback), options);
  if ("create" in target) return profiles.create({ ...target.create, auth: "key", key });
  return profiles.update(target.profile, { auth: "key", key });
}

/** The URL to which the vendor redirected, from what a person pasted: that URL, or the bare code from it. It is read, never fetched. */
export function returnURL(returned: string, callback: string): string {
  if (!/^[A-Za-z0-9._~+/=-]{1,512}$/.test(returned)) return returned;
  const url = new URL(callback);
  url.searchParams.set("code", returned);
  return url.href;
}

function fetchOf({ connectOptions }: Profiles): { fetch?: typeof fetch } {
  return connectOptions.fetch === undefined ? {} : { fetch: connectOptions.fetch };
}

/** @throws ConnectionsError `invalid` for a text that `startSignIn` did not make */
function readPending(text: string): Pending {
  try {
    const pending = JSON.parse(text) as Partial<Pending> | null; // its mark and version are checked
    if (pending?.format === "lumiverse-sign-in" && pending.version === 1 && pending.target !== undefined && pending.signIn !== undefined)
      return { format: pending.format, version: 1, target: pending.target, signIn: pending.signIn };
  } catch {
    // Reported below, without the text: it may hold a verifier.
  }
  throw new ConnectionsError({ code: "invalid", message: "this is no pending sign-in of this version", hint: "Start the sign-in again" });
}
