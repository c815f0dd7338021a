import type { JsonObject } from "@lumiverse/core";
import { wordOf } from "@lumiverse/core/provider";
import type { Profile, ProfileChanges, ProfileInput } from "../profile/profile.ts";

/** A profile as the values of its form, for editing. Secrets are not in it: an empty field keeps what is stored. */
export function valuesOf({ name, auth, baseURL, model, settings, reasoning }: Profile): JsonObject {
  const { effort, history, ...others } = reasoning ?? {};
  return {
    name,
    auth,
    ...(baseURL === undefined ? {} : { baseURL }),
    model,
    settings,
    reasoning: {
      ...others,
      ...(effort === undefined ? {} : typeof effort === "string" ? { effort } : { effort: "budget", budgetTokens: effort.budgetTokens }),
      ...(history === undefined ? {} : { history: wordOf(history) }),
    },
  };
}

/** The changes that make a stored profile what a parsed form says. Fields that were emptied are cleared; an empty key stays as it is. */
export function changesOf({ name, provider, model, baseURL, auth, key, settings, reasoning }: ProfileInput): ProfileChanges {
  return {
    name,
    provider,
    model: model ?? "",
    baseURL: baseURL ?? null,
    ...(auth === undefined ? {} : { auth }),
    ...(key === undefined ? {} : { key }),
    settings: settings ?? {},
    reasoning: reasoning ?? null,
  };
}
