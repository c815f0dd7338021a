/** Chats of the page, and the request that one would send. */
import { requestFor } from "@lumiverse/connections";
import type { ChatRequest, JsonObject } from "@lumiverse/core";
import { toResponse } from "@lumiverse/toolkit/browser";
import { Hono } from "hono";
import { z } from "zod";
import { readBody } from "./body.ts";
import type { WithDemo } from "./demo.ts";

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

export function chatRoutes({ profiles }: { profiles: WithDemo }): Hono {
  return new Hono()
    .post("/chat", async (context) => {
      const { connection: id, model, request } = await readBody(context, chatted);
      const profile = await profiles.get(id);
      const connection = await profiles.open(id);
      return toResponse(connection.stream({ ...requestFor(profile, { ...request, model }), signal: context.req.raw.signal }));
    })
    .post("/explain", async (context) => {
      const { connection: id, model, request, previous } = await readBody(context, explained);
      const profile = await profiles.get(id);
      const complete = (one: Omit<ChatRequest, "model">): ChatRequest =>
        requestFor(profile, { ...one, ...(model === undefined ? {} : { model }) });
      const connection = await profiles.open(id);
      return context.json(await connection.explain(complete(request), previous === undefined ? {} : { previous: complete(previous) }));
    });
}

/** Headers and signals are not the page's to set. */
function withoutCallOptions({ headers: _, signal: __, timeouts: ___, ...request }: JsonObject): JsonObject {
  return request;
}
