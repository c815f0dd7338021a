/** Virtual keys of the gateway. */
import { Hono } from "hono";
import { z } from "zod";
import type { KeyChanges, KeyInput, Keys } from "../keys/key.ts";
import { readBody } from "./body.ts";
import type { KeyView } from "./wire.ts";

const limit = z.number().nonnegative();
const changes = z.object({
  name: z.string().optional(),
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
  seesTargets: z.boolean().optional(),
  expiresAt: z.string().nullable().optional(),
});
const input = changes.extend({ name: z.string() });

export function keyRoutes({ keys }: { keys: Keys }): Hono {
  return (
    new Hono()
      .get("/", async (context) => {
        const all = await keys.list();
        return context.json(await Promise.all(all.map(async (key): Promise<KeyView> => ({ key, use: await keys.use(key.id) }))));
      })
      // The only answer that holds a key: it cannot be shown again.
      .post("/", async (context) => context.json(await keys.create((await readBody(context, input)) as KeyInput), 201))
      .patch("/:id", async (context) => {
        const changed = (await readBody(context, changes)) as KeyChanges;
        return context.json(await keys.update(context.req.param("id"), changed));
      })
      .post("/:id/revoke", async (context) => context.json(await keys.revoke(context.req.param("id"))))
      .delete("/:id", async (context) => {
        await keys.remove(context.req.param("id"));
        return context.body(null, 204);
      })
  );
}
