/** Virtual keys of the gateway. */
import { Hono } from "hono";
import { z } from "zod";
import type { Gateway } from "../gateway.ts";
import type { KeyChanges, KeyInput } from "../keys/key.ts";
import { accessOf } from "./access.ts";
import { readBody } from "./body.ts";
import { ownGrants } from "./own-grants.ts";
import type { KeyView } from "./wire.ts";

const limit = z.number().nonnegative();
/** What virtual keys and management keys may have. */
export const grantFields: Readonly<Record<"models" | "limits" | "expiresAt", z.ZodType>> = {
  models: z.array(z.string()).max(1000).nullable().optional(),
  limits: z
    .object({
      requestsPerMinute: limit.optional(),
      tokensPerMinute: limit.optional(),
      parallel: limit.optional(),
      budgetPerDay: limit.optional(),
      budgetPerMonth: limit.optional(),
      currency: z.string().optional(),
      unpriced: z.enum(["refuse", "free"]).optional(),
    })
    .optional(),
  expiresAt: z.string().nullable().optional(),
};
const changes = z.object({ name: z.string().optional(), seesTargets: z.boolean().optional(), ...grantFields });
const input = changes.extend({ name: z.string() });

export function keyRoutes(gateway: Pick<Gateway, "keys" | "profiles" | "aliases">): Hono {
  const { keys } = gateway;
  return (
    new Hono()
      .get("/", async (context) => {
        const all = await keys.list();
        return context.json(await Promise.all(all.map(async (key): Promise<KeyView> => ({ key, use: await keys.use(key.id) }))));
      })
      // The only answer that holds a key: it cannot be shown again.
      .post("/", async (context) => {
        const given = (await readBody(context, input)) as KeyInput;
        const own = await ownGrants(accessOf(context), gateway);
        const asked = own?.filled(given) ?? given;
        own?.allow(asked);
        return context.json(await keys.create(asked), 201);
      })
      .patch("/:id", async (context) => {
        const changed = (await readBody(context, changes)) as KeyChanges;
        const own = await ownGrants(accessOf(context), gateway);
        return context.json(await keys.update(context.req.param("id"), own?.filledChanges(changed) ?? changed, own?.allow));
      })
      .post("/:id/revoke", async (context) => {
        const own = await ownGrants(accessOf(context), gateway);
        return context.json(await keys.revoke(context.req.param("id"), own?.allow));
      })
      .delete("/:id", async (context) => {
        const own = await ownGrants(accessOf(context), gateway);
        await keys.remove(context.req.param("id"), own?.allow);
        return context.body(null, 204);
      })
  );
}
