/** Management keys: keys of the admin API with permissions of their own. */
import { Hono } from "hono";
import { z } from "zod";
import type { Gateway } from "../gateway.ts";
import type { ManagementKeyInput } from "../keys/management-key.ts";
import { PERMISSIONS } from "../keys/permissions.ts";
import { accessOf } from "./access.ts";
import { readBody } from "./body.ts";
import { grantFields } from "./keys.ts";
import { ownGrants } from "./own-grants.ts";

const input = z.object({ name: z.string(), permissions: z.array(z.string()).max(1000).optional(), ...grantFields });

export function managementKeyRoutes(gateway: Pick<Gateway, "managementKeys" | "profiles" | "aliases">): Hono {
  const { managementKeys } = gateway;
  return (
    new Hono()
      .get("/", async (context) => context.json(await managementKeys.list()))
      .get("/permissions", (context) => context.json(PERMISSIONS))
      // The only answer that holds a key: it cannot be shown again.
      .post("/", async (context) => {
        const given = (await readBody(context, input)) as ManagementKeyInput; // create checks the permissions
        const own = await ownGrants(accessOf(context), gateway);
        const asked = own?.filled(given) ?? given;
        own?.allow(asked);
        return context.json(await managementKeys.create(asked), 201);
      })
      .post("/:id/revoke", async (context) => {
        const own = await ownGrants(accessOf(context), gateway);
        return context.json(await managementKeys.revoke(context.req.param("id"), own?.allow));
      })
      .delete("/:id", async (context) => {
        const own = await ownGrants(accessOf(context), gateway);
        await managementKeys.remove(context.req.param("id"), own?.allow);
        return context.body(null, 204);
      })
  );
}
