/** Saved connections: list, form values, order, default, models, balance. */

import {
  type Balance,
  card,
  changesOf,
  listModels,
  type ModelListCache,
  type Profile,
  type ProfileInput,
  readBalance,
  valuesOf,
} from "@lumiverse/connections";
import type { Registry } from "@lumiverse/core";
import { Hono } from "hono";
import { z } from "zod";
import { isFresh } from "../clock.ts";
import { type Access, accessOf } from "./access.ts";
import { readBody } from "./body.ts";
import type { WithDemo } from "./demo.ts";
import { requireProfile, values } from "./draft.ts";
import type { ConnectionDetail, ConnectionView } from "./wire.ts";

export interface ConnectionRouteOptions {
  profiles: WithDemo;
  registry: Registry;
  modelLists: ModelListCache;
  /** Called after a change that the next call must see. */
  changed(): void;
}

/** Milliseconds for which a balance is shown before the vendor is asked again. */
const BALANCE_MAX_AGE = 60_000;

const created = z.object({ provider: z.string(), values });
const updated = z.object({
  values,
  /** The revision that the person saw. */
  revision: z.number().int(),
  /** True: the stored key is removed. */
  removeKey: z.boolean().optional(),
});

const refreshOptions = z.object({ refresh: z.boolean().optional() });

export function connectionRoutes(options: ConnectionRouteOptions): Hono {
  const views = new Views(options);
  return new Hono().route("/", profileRoutes(options, views)).route("/", vendorRoutes(options, views));
}

/** Connections as the page shows them, with the balances that were read last. */
class Views {
  readonly #profiles: WithDemo;
  readonly #registry: Registry;
  /** By profile. The balance of an older revision is not shown. */
  readonly #balances: Map<string, { revision: number; balance: Balance; readAt: number }> = new Map();

  constructor({ profiles, registry }: ConnectionRouteOptions) {
    this.#profiles = profiles;
    this.#registry = registry;
  }

  async list(): Promise<ConnectionView[]> {
    return (await this.#profiles.list()).map((profile) => this.of(profile));
  }

  of(profile: Profile): ConnectionView {
    const provider = this.#registry.list().find(({ id }) => id === profile.provider);
    return {
      profile,
      card: card(profile, provider, this.#balanceOf(profile)),
      provider: { id: profile.provider, name: provider?.name ?? profile.provider },
      demo: this.#profiles.isDemo(profile.id),
    };
  }

  #balanceOf({ id, revision }: Profile): Balance {
    const found = this.#balances.get(id);
    return found?.revision === revision ? found.balance : {};
  }

  /** Asks the vendor for the balance, unless a recent one is known. `refresh`: always asks. */
  async readBalance(profile: Profile, refresh: boolean): Promise<void> {
    const { id, revision, isEnabled } = profile;
    const known = this.#balances.get(id);
    const isKnown = known?.revision === revision && isFresh(known.readAt, Date.now(), BALANCE_MAX_AGE);
    if (!isEnabled || (isKnown && !refresh)) return;
    const balance = await readBalance(() => this.#profiles.open(id), this.#balanceOf(profile));
    this.#balances.set(id, { revision, balance, readAt: Date.now() });
  }

  forget(id: string): void {
    this.#balances.delete(id);
  }
}

function profileRoutes({ profiles, changed }: ConnectionRouteOptions, views: Views): Hono {
  return new Hono()
    .get("/", async (context) => context.json(await views.list()))
    .post("/", async (context) => {
      const { provider, values } = await readBody(context, created);
      const parsed = await requireProfile(profiles, provider, { values });
      requireFormFields(accessOf(context), parsed);
      return context.json(views.of(await profiles.create(parsed)), 201);
    })
    .put("/order", async (context) => {
      const { ids } = await readBody(context, z.object({ ids: z.array(z.string()).max(10_000) }));
      await profiles.reorder(ids.filter((id) => !profiles.isDemo(id)));
      return context.json(await views.list());
    })
    .get("/:id", async (context) => {
      const profile = await profiles.get(context.req.param("id"));
      return context.json({ ...views.of(profile), values: valuesOf(profile) } satisfies ConnectionDetail);
    })
    .put("/:id", async (context) => {
      const id = context.req.param("id");
      const { values, revision, removeKey } = await readBody(context, updated);
      const stored = await profiles.get(id);
      const parsed = await requireProfile(profiles, stored.provider, { values, editing: id });
      requireFormFields(accessOf(context), parsed, stored);
      const changes = { ...changesOf(parsed), ...(removeKey === true && parsed.key === undefined ? { key: null } : {}) };
      return context.json(views.of(await profiles.update(id, changes, { revision })));
    })
    .delete("/:id", async (context) => {
      const id = context.req.param("id");
      await profiles.remove(id);
      views.forget(id);
      return context.body(null, 204);
    })
    .post("/:id/duplicate", async (context) => context.json(views.of(await profiles.duplicate(context.req.param("id"))), 201))
    .post("/:id/default", async (context) => context.json(views.of(await profiles.setDefault(context.req.param("id")))))
    .put("/:id/enabled", async (context) => {
      const { isEnabled } = await readBody(context, z.object({ isEnabled: z.boolean() }));
      const profile = await profiles.update(context.req.param("id"), { isEnabled });
      changed();
      return context.json(views.of(profile));
    });
}

/**
 * Checks the fields of a form with permissions of their own, where they change what is stored.
 * @throws AdminError 403
 */
export function requireFormFields(access: Access, { key, auth, baseURL }: ProfileInput, stored?: Profile): void {
  if (key !== undefined) access.assertMay("connections.key", 'send the field "values.key"');
  if (auth !== (stored?.auth ?? "none")) access.assertMay("connections.key", 'change the field "values.auth"');
  if ((baseURL ?? undefined) !== stored?.baseURL) access.assertMay("connections.address", 'change the field "values.baseURL"');
}

/** Routes that ask the vendor of a connection. */
function vendorRoutes({ profiles, modelLists }: ConnectionRouteOptions, views: Views): Hono {
  return new Hono()
    .post("/:id/balance", async (context) => {
      const profile = await profiles.get(context.req.param("id"));
      const { refresh = false } = await readBody(context, refreshOptions);
      await views.readBalance(profile, refresh);
      return context.json(views.of(profile));
    })
    .post("/:id/models", async (context) => {
      const id = context.req.param("id");
      const { refresh = false } = await readBody(context, refreshOptions);
      const listing = await listModels(await profiles.source(id), {
        cache: modelLists,
        refresh,
        signal: context.req.raw.signal,
        connect: profiles.connectOptions,
      });
      return context.json(listing);
    });
}
