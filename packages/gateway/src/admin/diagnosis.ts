/** The doctor, step by step, and the local servers that discovery finds. */
import { type DiscoverOptions, diagnose, discover, type Network } from "@lumiverse/connections";
import { Hono } from "hono";
import type { WithDemo } from "./demo.ts";
import type { DiagnosisEvent, DiscoveredServer } from "./wire.ts";

export interface DiagnosisRouteOptions {
  profiles: WithDemo;
  network?: Network;
  discovery: DiscoverOptions;
}

/** `POST /connections/:id/diagnose` answers with one JSON document per line, as the steps are done. */
export function diagnosisRoutes({ profiles, network }: DiagnosisRouteOptions): Hono {
  return new Hono().post("/:id/diagnose", async (context) => {
    const { id } = await profiles.get(context.req.param("id"));
    const stop = new AbortController();
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const send = (event: DiagnosisEvent): void => {
          if (!stop.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(event)}\n`));
        };
        diagnose(profiles, id, {
          // The demo answers from examples, so the names of vendors need not be reachable.
          ...(network === undefined || profiles.isDemo(id) ? {} : { network }),
          signal: stop.signal,
          onStep: (step) => send({ type: "step", step }),
        })
          .then((diagnosis) => send({ type: "diagnosis", diagnosis }))
          .then(
            () => stop.signal.aborted || controller.close(),
            (cause: unknown) => stop.signal.aborted || controller.error(cause),
          );
      },
      cancel: () => stop.abort(),
    });
    return new Response(body, { headers: { "content-type": "application/x-ndjson; charset=utf-8", "cache-control": "no-store" } });
  });
}

export function discoveryRoutes({ profiles, discovery }: DiagnosisRouteOptions): Hono {
  return new Hono().get("/", async (context) => {
    const [found, saved] = await Promise.all([discover({ ...discovery, signal: context.req.raw.signal }), profiles.list()]);
    const servers = found.map((server): DiscoveredServer => {
      const used = saved.find(({ resolvedURL }) => resolvedURL !== undefined && sameServer(resolvedURL, server.baseURL));
      return { ...server, ...(used === undefined ? {} : { usedBy: used.name }) };
    });
    return context.json(servers);
  });
}

/** `localhost` and `127.0.0.1` are one host. */
function sameServer(a: string, b: string): boolean {
  const host = (text: string): string | undefined => URL.parse(text)?.host.replace(/^localhost(?=:|$)/, "127.0.0.1");
  return host(a) === host(b);
}
