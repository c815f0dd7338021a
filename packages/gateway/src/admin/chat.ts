/** Chats of the page, and the request that one would send. */
import { type Profile, requestFor } from "@lumiverse/connections";
import type { ChatRequest, JsonObject } from "@lumiverse/core";
import { Hono } from "hono";
import { z } from "zod";
import type { Gateway } from "../gateway.ts";
import { readBody } from "./body.ts";
import type { WithDemo } from "./demo.ts";
import { AdminError } from "./errors.ts";

/** A request of the page. Core checks the rest and names what is wrong. */
const chatRequest: z.ZodType<Omit<ChatRequest, "model">> = z
  .looseObject({ messages: z.array(z.looseObject({ role: z.string() })).max(100_000) })
  .transform((request) => withoutCallOptions(request) as unknown as Omit<ChatRequest, "model">); // core validates the messages and every field

const chatted = z.object({ connection: z.string(), model: z.string().min(1), request: chatRequest });
const explained = z.object({
  connection: z.string(),
  model: z.string().optional(),
  request: chatRequest,
  /** The request before it, to see where the cacheable prefix differs. */
  previous: chatRequest.optional(),
});

export interface ChatRouteOptions {
  profiles: WithDemo;
  gateway: Pick<Gateway, "aliases" | "fetchTrusted">;
}

export function chatRoutes({ profiles, gateway }: ChatRouteOptions): Hono {
  return (
    new Hono()
      // The gateway's own neutral chat, so that the call is in the ledger. The session stands in for a key.
      .post("/chat", async (context) => {
        const { connection, model, request } = await readBody(context, chatted);
        const name = await unambiguousName(await profiles.get(connection), model, profiles, gateway);
        return gateway.fetchTrusted(
          new Request("http://localhost/lumiverse/v1/chat", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ model: name, request }),
            signal: context.req.raw.signal,
          }),
        );
      })
      .post("/explain", async (context) => {
        const { connection: id, model, request, previous } = await readBody(context, explained);
        const profile = await profiles.get(id);
        const complete = (one: Omit<ChatRequest, "model">): ChatRequest =>
          requestFor(profile, { ...one, ...(model === undefined ? {} : { model }) });
        const connection = await profiles.open(id);
        return context.json(await connection.explain(complete(request), previous === undefined ? {} : { previous: complete(previous) }));
      })
  );
}

/**
 * `connection/model`, as clients name it. Names may contain slashes, so the same text may mean another connection or an alias.
 * @throws AdminError when it does: nothing is sent then
 */
async function unambiguousName(
  { id, name }: Profile,
  model: string,
  profiles: WithDemo,
  { aliases }: ChatRouteOptions["gateway"],
): Promise<string> {
  const full = `${name}/${model}`;
  const lower = full.toLowerCase();
  const [others, all] = await Promise.all([profiles.list(), aliases.list()]);
  const other = others.find(
    (one) => one.id !== id && one.name.length > name.length && `${lower}/`.startsWith(`${one.name.toLowerCase()}/`),
  );
  const alias = all.find((one) => one.name.toLowerCase() === lower);
  if (other === undefined && alias === undefined) return full;
  throw new AdminError(409, {
    code: "conflict",
    message: `"${full}" also means ${other === undefined ? `the alias "${alias?.name}"` : `a model of the connection "${other.name}"`}`,
    hint: "Rename one of the two",
  });
}

/** The page must not set headers and signals. */
function withoutCallOptions({ headers: _, signal: __, timeouts: ___, ...request }: JsonObject): JsonObject {
  return request;
}
