import { LumiverseError } from "@lumiverse/core";
import type { Route } from "../routing/target.ts";

/** Shorter names would be found in ordinary sentences. */
const SHORTEST_NAME = 3;

/** A text with the name of the alias in the place of every name of a target. */
function hideNames(text: string, route: Route): string {
  return namesOf(route).reduce((shown, name) => shown.replace(wholeWord(name), () => route.requested), text);
}

/** Whether a text has the name of a target. */
export function namesTarget(text: string, route: Route): boolean {
  return namesOf(route).some((name) => wholeWord(name).test(text));
}

/** The longest first, so that a name inside of another does not leave the rest of it. */
function namesOf({ targets }: Route): string[] {
  const names = new Set<string>();
  for (const { profile, model } of targets) {
    for (const name of [model, profile.name, profile.provider, profile.origin]) if (name.length >= SHORTEST_NAME) names.add(name);
    if (profile.origin !== "") names.add(new URL(profile.origin).host);
  }
  return [...names].sort((a, b) => b.length - a.length);
}

/** Part of another word is no name. */
function wholeWord(name: string): RegExp {
  return new RegExp(`(?<![\\w-])${name.replace(/[^\w ]/g, "\\$&")}(?![\\w-])`, "gi");
}

/** The error without anything that names the real target: for keys that may know the alias alone. Texts keep the vendor's wording, which clients look for. */
export function hideTargets(error: LumiverseError, route: Route): LumiverseError {
  const { code, message, status, vendorCode, retryable, retryAfterMs, field } = error;
  return new LumiverseError({
    code,
    message: hideNames(message, route),
    retryable,
    ...(status === undefined ? {} : { status }),
    ...(vendorCode === undefined ? {} : { vendorCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(field === undefined ? {} : { field }),
  });
}
