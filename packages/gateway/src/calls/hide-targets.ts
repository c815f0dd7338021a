import { LumiverseError } from "@lumiverse/core";
import type { Route } from "../routing/target.ts";

/** Shorter names would be found inside of words. */
const SHORTEST_NAME = 3;

/** A text with the name of the alias in the place of every name of a target, also where a version follows the name. */
function hideNames(text: string, { requested, targets }: Route): string {
  const names = new Set<string>();
  for (const { profile, model } of targets) {
    for (const name of [model, profile.name, profile.provider, profile.origin]) if (name.length >= SHORTEST_NAME) names.add(name);
    if (profile.origin !== "") names.add(new URL(profile.origin).host);
  }
  // The longest first, so that a name inside of another does not leave the rest of it.
  const hidden = [...names].sort((a, b) => b.length - a.length);
  return hidden.reduce((shown, name) => replaceName(shown, name, requested), text);
}

/** Whether a text has the name of a target. */
export function namesTarget(text: string, route: Route): boolean {
  return hideNames(text, route) !== text;
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

function replaceName(text: string, name: string, by: string): string {
  let rest = text;
  let out = "";
  const wanted = name.toLowerCase();
  for (;;) {
    const at = rest.toLowerCase().indexOf(wanted);
    if (at < 0) return out + rest;
    out += rest.slice(0, at) + by;
    rest = rest.slice(at + name.length);
  }
}
