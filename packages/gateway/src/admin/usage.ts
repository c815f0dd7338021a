/** The ledger: sums for charts, and single calls. */
import { Hono } from "hono";
import { z } from "zod";
import type { Call, CallQuery, Ledger, UsageQuery, UsageReports } from "../ledger/call.ts";
import { type Access, accessOf } from "./access.ts";
import { readQuery } from "./body.ts";

const group = z.enum(["day", "model", "connection", "key", "provider"]);
const usage = z.object({
  by: z
    .string()
    .optional()
    .transform((text) => (text === undefined || text === "" ? undefined : text.split(",")))
    .pipe(z.array(group).optional()),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  key: z.string().optional(),
  connection: z.string().optional(),
  model: z.string().optional(),
});
const calls = z.object({
  key: z.string().optional(),
  connection: z.string().optional(),
  model: z.string().optional(),
  state: z.enum(["running", "finished", "failed", "canceled", "interrupted"]).optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  after: z.string().optional(),
});

export function usageRoutes({ usage: reports }: { usage: UsageReports }): Hono {
  return new Hono().get("/", async (context) => context.json(await reports.report(defined(readQuery(context, usage)) as UsageQuery)));
}

export function callRoutes({ ledger }: { ledger: Ledger }): Hono {
  return new Hono()
    .get("/", async (context) => {
      const page = await ledger.list(defined(readQuery(context, calls)) as CallQuery);
      return context.json({ ...page, calls: page.calls.map((call) => shownTo(accessOf(context), call)) });
    })
    .get("/:id", async (context) => context.json(shownTo(accessOf(context), await ledger.get(context.req.param("id")))));
}

/** A call, without its content for a key that may not read it. */
function shownTo(access: Access, { content, ...call }: Call): Call {
  return content === undefined || !access.may("calls.content") ? call : { ...call, content };
}

/** Without absent fields, which zod marks as possibly undefined. The schemas above have the fields of the queries. */
function defined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
