/** Saved connections: list, form values, order, default, models, balance. */

import {
  type Balance,
  card,
  changesOf,
  listModels,
  type ModelListCache,
  type Profile,
  readBalance,
  valuesOf,
} from "@lumiverse/connections";
import type { Provider, Registry } from "@lumiverse/core";
import { Hono } from "hono";
import { z } from "zod";
import { isFresh } from "../clock.ts";
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

export function connectionRoutes({ profiles, registry, modelLists, changed }: ConnectionRouteOptions): Hono {
  /** By profile. The balance of an older revision is not shown. */
  const balances = new Map<string, { revision: number; balance: Balance; readAt: number }>();
  const providerOf = (id: string): Provider | undefined => registry.list().find((one) => one.id === id);
  const balanceOf = ({ id, revision }: Profile): Balance => {
    const found = balances.get(id);
    return found?.revision === revision ? found.balance : {};
  };
  const viewOf = (profile: Profile): ConnectionView => {
    const provider = providerOf(profile.provider);
    return {
      profile,
      card: card(profile, provider, balanceOf(profile)),
      provider: { id: profile.provider, name: provider?.name ?? profile.provider },
      demo: profiles.isDemo(profile.id),
    };
  };

  return new Hono()
    .get("/", async (context) => context.json((await profiles.list()).map(viewOf)))
    .post("/", async (context) => {
      const { provider, values } = await readBody(context, created);
      return context.json(viewOf(await profiles.create(await requireProfile(profiles, provider, { values }))), 201);
    })
    .put("/order", async (context) => {
      const { ids } = await readBody(context, z.object({ ids: z.array(z.string()).max(10_000) }));
      await profiles.reorder(ids.filter((id) => !profiles.isDemo(id)));
      return context.json((await profiles.list()).map(viewOf));
    })
    .get("/:id", async (context) => {
      const profile = await profiles.get(context.req.param("id"));
      return context.json({ ...viewOf(profile), values: valuesOf(profile) } satisfies ConnectionDetail);
    })
    .put("/:id", async (context) => {
      const id = context.req.param("id");
      const { values, revision, removeKey } = await readBody(context, updated);
      const { provider } = await profiles.get(id);
      const parsed = await requireProfile(profiles, provider, { values, editing: id });
      const changes = { ...changesOf(parsed), ...(removeKey === true && parsed.key === undefined ? { key: null } : {}) };
      return context.json(viewOf(await profiles.update(id, changes, { revision })));
    })
    .delete("/:id", async (context) => {
      const id = context.req.param("id");
      await profiles.remove(id);
      balances.delete(id);
      return context.body(null, 204);
    })
    .post("/:id/duplicate", async (context) => context.json(viewOf(await profiles.duplicate(context.req.param("id"))), 201))
    .post("/:id/default", async (context) => context.json(viewOf(await profiles.setDefault(context.req.param("id")))))
    .put("/:id/enabled", async (context) => {
      const { isEnabled } = await readBody(context, z.object({ isEnabled: z.boolean() }));
      const profile = await profiles.update(context.req.param("id"), { isEnabled });
      changed();
      return context.json(viewOf(profile));
    })
    .post("/:id/balance", async (context) => {
      const profile = await profiles.get(context.req.param("id"));
      const { refresh = false } = await readBody(context, z.object({ refresh: z.boolean().optional() }));
      const known = balances.get(profile.id);
      const isKnown = known?.revision === profile.revision && isFresh(known.readAt, Date.now(), BALANCE_MAX_AGE);
      if (profile.isEnabled && (refresh || !isKnown)) {
        const balance = await readBalance(() => profiles.open(profile.id), balanceOf(profile));
        balances.set(profile.id, { revision: profile.revision, balance, readAt: Date.now() });
      }
      return context.json(viewOf(profile));
    })
    .post("/:id/models", async (context) => {
      const id = context.req.param("id");
      const { refresh = false } = await readBody(context, z.object({ refresh: z.boolean().optional() }));
      const listing = await listModels(await profiles.source(id), {
        cache: modelLists,
        refresh,
        signal: context.req.raw.signal,
        connect: profiles.connectOptions,
      });
      return context.json(listing);
    });
}
