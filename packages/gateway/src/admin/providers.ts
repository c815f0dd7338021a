/** Providers, their forms, and what can be asked about values that are not saved yet. */
import {
  card,
  connectSource,
  form,
  listModels,
  type ModelListCache,
  type Profile,
  type ProfileInput,
  type Profiles,
} from "@lumiverse/connections";
import type { Provider, Registry } from "@lumiverse/core";
import { Hono } from "hono";
import { z } from "zod";
import { readBody } from "./body.ts";
import { draft, parseDraft, sourceOf } from "./draft.ts";
import { notFound } from "./errors.ts";
import type { Draft, DraftPreview, ProviderForm, ProviderSummary } from "./wire.ts";

export interface ProviderRouteOptions {
  profiles: Profiles;
  registry: Registry;
  modelLists: ModelListCache;
}

export function providerRoutes({ profiles, registry, modelLists }: ProviderRouteOptions): Hono {
  const providerOf = (id: string): Provider => {
    const found = registry.list().find((one) => one.id === id);
    if (found === undefined) throw notFound(`the provider "${id}" is not installed`);
    return found;
  };
  const draftWithRefresh = z.intersection(draft, z.object({ refresh: z.boolean().optional() }));

  return new Hono()
    .get("/", (context) => context.json(registry.list().map(summaryOf)))
    .get("/:id/form", async (context) => {
      const provider = providerOf(context.req.param("id"));
      const { schema, uiSchema, sections, fields } = await form(provider);
      return context.json({ provider: summaryOf(provider), schema, uiSchema, sections, fields } satisfies ProviderForm);
    })
    .post("/:id/preview", async (context) => {
      const provider = providerOf(context.req.param("id"));
      return context.json(await previewOf(profiles, provider, await readBody(context, draft)));
    })
    .post("/:id/models", async (context) => {
      const provider = providerOf(context.req.param("id"));
      const given = await readBody(context, draftWithRefresh);
      const source = await sourceOf(profiles, provider.id, given);
      return context.json(
        await listModels(source, {
          cache: modelLists,
          signal: context.req.raw.signal,
          connect: profiles.connectOptions,
          ...(given.refresh === undefined ? {} : { refresh: given.refresh }),
        }),
      );
    })
    .post("/:id/check", async (context) => {
      const provider = providerOf(context.req.param("id"));
      const source = await sourceOf(profiles, provider.id, await readBody(context, draft));
      const connection = connectSource(source, profiles.connectOptions);
      try {
        return context.json(await connection.check({ signal: context.req.raw.signal, timeouts: { total: CHECK_TIMEOUT } }));
      } finally {
        connection.close();
      }
    });
}

/** Milliseconds for the check of a key. */
const CHECK_TIMEOUT = 30_000;

async function previewOf(profiles: Profiles, provider: Provider, given: Draft): Promise<DraftPreview> {
  const { address, describeKey } = await form(provider);
  const [parsed, found] = await Promise.all([parseDraft(profiles, provider.id, given), address(given.values)]);
  const { key, baseURL } = given.values;
  return {
    issues: parsed.issues ?? [],
    ...(found.problem === undefined ? { address: found.address } : { addressProblem: found.problem }),
    ...(typeof key !== "string" || key.trim() === "" ? {} : { key: describeKey(key, typeof baseURL === "string" ? baseURL : undefined) }),
    ...(parsed.profile === undefined ? {} : { lines: card(asStored(parsed.profile), provider).lines }),
  };
}

/** A draft as a stored profile, which a card needs. The fields that a draft lacks are not on its card. */
function asStored({ name, provider, model = "", baseURL, auth = "key", settings = {}, reasoning }: ProfileInput): Profile {
  return {
    id: "",
    name,
    provider,
    model,
    ...(typeof baseURL === "string" ? { baseURL, resolvedURL: baseURL } : {}),
    origin: "",
    auth,
    settings,
    settingsVersion: 0,
    ...(reasoning === undefined || reasoning === null ? {} : { reasoning }),
    isDefault: false,
    isEnabled: true,
    revision: 0,
    createdAt: "",
    updatedAt: "",
    secrets: { key: auth === "key" ? "set" : "not-used" },
  };
}

function summaryOf({ id, name, docs, credential, base, signIn }: Provider): ProviderSummary {
  return {
    id,
    name,
    docs,
    credential: credential.kind,
    requiresKey: credential.kind !== "none" && credential.required,
    ...("page" in credential && credential.page !== undefined ? { keyPage: credential.page } : {}),
    ...(base === undefined ? {} : { base }),
    canSignIn: signIn !== undefined,
  };
}
