import type { Profile } from "@lumiverse/connections";
import { LumiverseError, type Observer } from "@lumiverse/core";
import { ProgressByMessages } from "./calls/call-progress.ts";
import { ChatCalls } from "./calls/chat-calls.ts";
import { RunningCalls } from "./calls/running-calls.ts";
import { applyConfig } from "./config/apply-config.ts";
import type { Gateway, GatewayOptions, MountedHandler } from "./gateway.ts";
import { inboundProtocols } from "./inbound/index.ts";
import { createKeys } from "./keys/keys.ts";
import { dayOf } from "./keys/period.ts";
import { CallLog } from "./ledger/call-log.ts";
import { endedRow, startedRow, toCall } from "./ledger/call-row.ts";
import { createLedger, deleteOldCalls } from "./ledger/ledger.ts";
import { Processes } from "./ledger/processes.ts";
import { createUsageReports } from "./ledger/usage.ts";
import { createAliases } from "./routing/alias-rows.ts";
import { Connections } from "./routing/connections.ts";
import { Cooldowns } from "./routing/cooldowns.ts";
import { Directory } from "./routing/directory.ts";
import { apiPath } from "./server/api-path.ts";
import { type AppOptions, createApp, protocolOf } from "./server/app.ts";
import type { FetchContext } from "./server/fetch-context.ts";
import { refusalOf } from "./server/guard.ts";
import { ModelNames } from "./server/model-names.ts";
import { WEB_DECODERS } from "./server/read-body.ts";
import { createSessions } from "./sessions/sessions.ts";
import { createSignIns } from "./sessions/sign-ins.ts";
import { openGatewayStore } from "./store/store.ts";

const BODY_LIMIT = 32 * 1024 * 1024;
const RETENTION_DAYS = 90;
const DAY = 24 * 60 * 60 * 1000;
/** Milliseconds that a shutdown waits for the database. */
const LONGEST_FLUSH = 10_000;
/** Milliseconds between two deletions of old calls. */
const CLEANING_INTERVAL = 60 * 60 * 1000;

/**
 * A gateway over the connections of `profiles`. It migrates its tables in their store.
 * @throws ConnectionsError `newer-schema`, and `invalid` for a configuration that cannot be stored
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { profiles, now = Date.now, onError = () => {}, deadAfterMs = 30_000 } = options;
  const store = await openGatewayStore(profiles.store);
  let directory: Directory | undefined;
  const changed = (): void => directory?.refresh();
  const keys = createKeys(store, { now, changed });
  const aliases = createAliases(store, { now, changed });
  directory = new Directory(profiles, aliases, keys, now);
  const names = directory;

  const processId = crypto.randomUUID();
  const log = new CallLog(store, { processId, now, onError });
  const processes = new Processes(store, { id: processId, now, deadAfterMs, isActive: (call) => log.isActive(call) });
  const cooldowns = new Cooldowns(store, now);
  const progress = new ProgressByMessages();
  const connections = new Connections(profiles, (profile) => observerOf(profile, progress, options.observe, now), options.fetch);
  const running = new RunningCalls();
  const calls = new ChatCalls({
    profiles,
    directory,
    connections,
    cooldowns,
    progress,
    log,
    running,
    now,
    recordContent: options.recordContent ?? false,
    watch: {
      started: (call) => options.metrics?.started(call),
      ended: (call, end) => {
        options.metrics?.ended(call, end);
        const { content: _, ...shown } = end;
        options.onCall?.(toCall(endedRow(startedRow(call, processId, dayOf(call.startedAt), { tokens: 0, cost: 0 }), shown)));
      },
    },
  });
  const flush = (): Promise<void> => log.flush();
  const contexts = new WeakMap<Request, FetchContext>();
  const appOptions: AppOptions = {
    contexts,
    protocols: inboundProtocols,
    calls,
    directory,
    models: new ModelNames(profiles, now),
    running,
    metrics: options.metrics,
    keysRequired: options.keys !== "optional",
    body: { limit: options.bodyLimit ?? BODY_LIMIT, decoders: { ...WEB_DECODERS, ...options.decoders } },
    timing: { holdMs: options.holdMs ?? 10_000, heartbeatMs: options.heartbeatMs ?? 15_000 },
    now,
    onError,
  };
  const app = createApp(appOptions);
  const trusted = createApp({ ...appOptions, keysRequired: false });

  if (options.config !== undefined) await applyConfig(options.config, { profiles, aliases, keys });
  await processes.beat();
  const stopTimers = startTimers(
    [
      [deadAfterMs / 3, () => processes.beat()],
      [CLEANING_INTERVAL, () => deleteOldCalls(store, now() - (options.retentionDays ?? RETENTION_DAYS) * DAY)],
    ],
    onError,
  );
  const mounts = new Map<string, MountedHandler>();
  const guard = { hosts: options.hosts, origins: options.origins ?? [] };
  const guarded = async (request: Request): Promise<Response> => {
    const refusal = refusalOf(request, guard);
    if (refusal !== undefined) return refuse(request, refusal);
    const mounted = mounts.size === 0 ? undefined : findMount(mounts, new URL(request.url).pathname);
    return mounted === undefined ? app.fetch(request) : mounted(request);
  };
  return {
    fetch(request, context) {
      // Bun and Deno pass something else as their second argument.
      if (typeof context?.waitUntil === "function") contexts.set(request, context);
      const answer = (): Promise<Response> => withCors(request, guard.origins, guarded);
      return options.trace === undefined ? answer() : options.trace(request, answer);
    },
    fetchTrusted: async (request) => trusted.fetch(request),
    profiles,
    keys,
    aliases,
    ledger: createLedger(store, flush),
    usage: createUsageReports(store, flush, now),
    sessions: createSessions(store, now),
    signIns: createSignIns(store, now),
    mount: (path, handler) => void mounts.set(path, handler),
    missingTargets: async () => names.missingTargets(await names.names()),
    refresh: () => names.refresh(),
    async close({ graceMs = 30_000 } = {}) {
      await running.drain(graceMs);
      stopTimers();
      const recorded = log
        .flush()
        .then(() => cooldowns.flush())
        .then(() => processes.leave());
      // A database that does not answer must not keep the process alive. Another process will interrupt what is left.
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LONGEST_FLUSH);
      });
      await Promise.race([recorded.catch(onError), late]);
      clearTimeout(timer);
      await connections.close();
    },
  };
}

function observerOf(profile: Profile, progress: ProgressByMessages, observe: Observer | undefined, now: () => number): Observer {
  return (observation) => {
    progress.observe(profile, observation, now());
    return observe?.(observation);
  };
}

/** Repeats work. A timer alone does not keep a process alive. */
function startTimers(work: readonly (readonly [ms: number, run: () => Promise<unknown>])[], onError: (error: unknown) => void): () => void {
  const timers = work.map(([ms, run]) => {
    let running = false;
    const start = (): void => {
      // A database that does not answer must not let work pile up.
      if (running) return;
      running = true;
      void run()
        .catch(onError)
        .finally(() => {
          running = false;
        });
    };
    const timer = setInterval(start, ms);
    // Node's timers are objects; those of other runtimes are numbers and keep nothing alive.
    if (typeof timer === "object") timer.unref();
    return timer;
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

/** Paths of the gateway itself, which a page that is mounted at `/` leaves alone. */
const OWN_PATHS = /^\/(?:v1|v1beta|lumiverse|health|metrics|models|chat\/completions|responses|messages)(?:\/|$)/;

function findMount(mounts: ReadonlyMap<string, MountedHandler>, pathname: string): MountedHandler | undefined {
  let longest: string | undefined;
  for (const path of mounts.keys()) {
    const prefix = path.endsWith("/") ? path : `${path}/`;
    const fits = pathname === path || pathname.startsWith(prefix);
    if (fits && (longest === undefined || path.length > longest.length)) longest = path;
  }
  if (longest === undefined || (longest === "/" && OWN_PATHS.test(apiPath(pathname)))) return undefined;
  return mounts.get(longest);
}

function refuse(request: Request, message: string): Response {
  const error = new LumiverseError({ code: "permission", status: 403, message, retryable: false });
  const written = protocolOf(new URL(request.url).pathname, request.headers, inboundProtocols).error(error);
  return Response.json(written.body, { status: 403 });
}

/** Pages of the allowed origins may read answers. Everybody else receives no permission. */
async function withCors(request: Request, origins: readonly string[], answer: (request: Request) => Promise<Response>): Promise<Response> {
  const origin = request.headers.get("origin");
  if (origin === null || !origins.includes(origin)) return answer(request);
  const allow = { "access-control-allow-origin": origin, vary: "origin", "access-control-expose-headers": "*" };
  if (request.method === "OPTIONS")
    return new Response(null, {
      status: 204,
      headers: {
        ...allow,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
        "access-control-max-age": "600",
      },
    });
  const response = await answer(request);
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(allow)) headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}
