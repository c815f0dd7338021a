/** Values of a form that are not saved yet. */
import { type ConnectionSource, draftSource, form, type ParsedForm, type ProfileInput, type Profiles } from "@lumiverse/connections";
import type { JsonObject } from "@lumiverse/core";
import { z } from "zod";
import { badRequest } from "./errors.ts";
import type { Draft } from "./wire.ts";

export const values: z.ZodType<JsonObject> = z.record(z.string(), z.unknown());

export const draft: z.ZodType<Draft> = z.object({ values, editing: z.string().optional() }).transform(({ values, editing }) => ({
  values,
  ...(editing === undefined ? {} : { editing }),
}));

/** The values as a profile, or every problem. */
export async function parseDraft(profiles: Profiles, provider: string, { values, editing }: Draft): Promise<ParsedForm> {
  const { parse } = await form(profiles.provider(provider));
  const stored = editing === undefined ? undefined : await profiles.get(editing);
  const { allowHttp = false } = profiles.connectOptions;
  return parse(values, { allowHttp, hasStoredKey: stored?.secrets.key === "set" && stored.provider === provider });
}

/** @throws AdminError with every problem */
export async function requireProfile(profiles: Profiles, provider: string, given: Draft): Promise<ProfileInput> {
  const { profile, issues } = await parseDraft(profiles, provider, given);
  if (issues !== undefined) throw badRequest(issues);
  return profile;
}

/** What a draft would connect with. Neither the name nor the key has to be there yet. */
export async function sourceOf(profiles: Profiles, provider: string, { values, editing }: Draft): Promise<ConnectionSource> {
  const { parse } = await form(profiles.provider(provider));
  const { allowHttp = false } = profiles.connectOptions;
  const parsed = await parse({ ...values, name: "Draft" }, { allowHttp, hasStoredKey: true });
  if (parsed.issues !== undefined) throw badRequest(parsed.issues);
  return draftSource(profiles, parsed.profile, editing);
}
