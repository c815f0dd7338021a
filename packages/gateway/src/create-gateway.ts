import type { Profile, Profiles } from "@lumiverse/connections";
import { LumiverseError, type Observer } from "@lumiverse/core";
import { ProgressByMessages } from "./calls/call-progress.ts";
import { ChatCalls, type ChatCallsOptions } from "./calls/chat-calls.ts";
import { RunningCalls } from "./calls/running-calls.ts";
import { applyConfig } from "./config/apply-config.ts";
import type { Gateway, GatewayOptions, MountedHandler } from "./gateway.ts";
import { inboundProtocols } from "./inbound/index.ts";
import { createKeys, type KeyStore } from "./keys/keys.ts";
import { createManagementKeys } from "./keys/management-keys.ts";
import { dayOf } from "./keys/period.ts";
import { CallLog } from "./ledger/call-log.ts";
import { endedRow, startedRow, toCall } from "./ledger/call-row.ts";
import { createLedger, deleteOldCalls } from "./ledger/ledger.ts";
import { Processes } from "./ledger/processes.ts";
import { createUsageReports } from "./ledger/usage.ts";
import { type AliasStore, createAliases } from "./routing/alias-rows.ts";
import { Connections } from "./routing/connections.ts";
import { Cooldowns } from "./routing/cooldowns.ts";
import { Directory } from "./routing/directory.ts";
import { PayloadTags } from "./routing/payload-tags.ts";
import { type AppOptions, createApp, protocolOf } from "./server/app.ts";
import { withCors } from "./server/cors.ts";
import type { ClientContext, FetchContext } from "./server/fetch-context.ts";
import { refusalOf } from "./server/guard.ts";
import { ModelNames } from "./server/model-names.ts";
import { findMount } from "./server/mounts.ts";
import { DecodedBytes, WEB_DECODERS } from "./server/read-body.ts";
import { createSessions } from "./sessions/sessions.ts";
import { createSignIns } from "./sessions/sign-ins.ts";
import { type GatewayStore, openGatewayStore } from "./store/store.ts";
import { startTimers, within } from "./timers.ts";

const BODY_LIMIT = 32 * 1024 * 1024;
const RETENTION_DAYS = 90;
const MAX_WAIT_MS = 5000;
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
  const { keys, aliases, directory } = createDirectory(store, profiles, now);
  const managementKeys = createManagementKeys(store, now);
  const processId = crypto.randomUUID();
  const log = new CallLog(store, { processId, now, onError });
  const processes = new Processes(store, { id: processId, now, deadAfterMs, isActive: (call) => log.isActive(call) });
  const cooldowns = new Cooldowns(store, now);
  const progress = new ProgressByMessages();
  const connections = new Connections(profiles, {
    observe: (profile) => observerOf(profile, progress, options.observe, now),
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const running = new RunningCalls();
  const calls = new ChatCalls({
    profiles,
    directory,
    connections,
    cooldowns,
    tags: await PayloadTags.open(store),
    progress,
    log,
    running,
    now,
    recordContent: options.recordContent ?? false,
    watch: watchCalls(options, processId),
  });
  const entrance = createEntrance(options, { calls, directory, models: new ModelNames(profiles, now), running, now, onError });

  if (options.config !== undefined) await applyConfig(options.config, { profiles, aliases, keys, managementKeys });
  await processes.beat();
  const clean = (): Promise<unknown> => deleteOldCalls(store, now() - (options.retentionDays ?? RETENTION_DAYS) * DAY);
  const timers = [
    [deadAfterMs / 3, () => processes.beat()],
    [CLEANING_INTERVAL, clean],
  ] as const;
  const stopTimers = startTimers(timers, onError);
  const flush = (): Promise<void> => log.flush();
  return {
    ...entrance,
    profiles,
    keys,
    managementKeys,
    aliases,
    ledger: createLedger(store, flush),
    usage: createUsageReports(store, flush, now),
    sessions: createSessions(store, now),
    signIns: createSignIns(store, now),
    missingTargets: async () => directory.missingTargets(await directory.names()),
    refresh: () => directory.refresh(),
    async close({ graceMs = 30_000 } = {}) {
      await running.drain(graceMs);
      stopTimers();
      const recorded = log
        .flush()
        .then(() => cooldowns.flush())
        .then(() => processes.leave());
      // A database that does not answer must not keep the process alive. Another process will interrupt what is left.
      await within(recorded.catch(onError), LONGEST_FLUSH);
      await connections.close();
    },
  };
}

/** What clients may name and use: keys, aliases and connections. A change of a key or an alias is seen by the next call. */
function createDirectory(
  store: GatewayStore,
  profiles: Profiles,
  now: () => number,
): { keys: KeyStore; aliases: AliasStore; directory: Directory } {
  let directory: Directory | undefined;
  const changed = (): void => directory?.refresh();
  const keys = createKeys(store, { now, changed });
  const aliases = createAliases(store, { now, changed });
  directory = new Directory(profiles, aliases, keys, now);
  return { keys, aliases, directory };
}

/** Passes the start and the end of each call on to the metrics and to `onCall`. */
function watchCalls({ metrics, onCall }: GatewayOptions, processId: string): ChatCallsOptions["watch"] {
  return {
    started: (call) => metrics?.started(call),
    ended: (call, end) => {
      metrics?.ended(call, end);
      const { content: _, ...shown } = end;
      onCall?.(toCall(endedRow(startedRow(call, processId, dayOf(call.startedAt), { tokens: 0, cost: 0 }), shown)));
    },
  };
}

/** Where requests enter: the protocols of clients behind the guard, and the handlers that are mounted beside them. */
function createEntrance(
  options: GatewayOptions,
  parts: Pick<AppOptions, "calls" | "directory" | "models" | "running" | "now" | "onError">,
): Pick<Gateway, "fetch" | "fetchTrusted" | "mount"> {
  const contexts = new WeakMap<Request, FetchContext>();
  const appOptions: AppOptions = {
    ...parts,
    contexts,
    protocols: inboundProtocols,
    metrics: options.metrics,
    keysRequired: options.keys !== "optional",
    body: {
      limit: options.bodyLimit ?? BODY_LIMIT,
      decoders: { ...WEB_DECODERS, ...options.decoders },
      decoded: new DecodedBytes(),
    },
    timing: { holdMs: options.holdMs ?? 10_000, heartbeatMs: options.heartbeatMs ?? 15_000 },
  };
  const app = createApp(appOptions);
  const trusted = createApp({ ...appOptions, keysRequired: false });
  const mounts = new Map<string, MountedHandler>();
  const guard = { hosts: options.hosts, origins: options.origins ?? [] };
  const guarded = async (request: Request, client: ClientContext | undefined): Promise<Response> => {
    const refusal = refusalOf(request, guard);
    if (refusal !== undefined) return refuse(request, refusal);
    const mounted = mounts.size === 0 ? undefined : findMount(mounts, new URL(request.url).pathname);
    return mounted === undefined ? app.fetch(request) : mounted(request, { clientAddress: client?.clientAddress });
  };
  return {
    fetch(request, context) {
      // The address is made from the Host header, which may be anything.
      if (!URL.canParse(request.url)) return Promise.resolve(unreadable());
      // Bun and Deno pass something else as their second argument.
      if (typeof context?.waitUntil === "function") contexts.set(request, context as FetchContext); // checked
      const answer = (): Promise<Response> => withCors(request, guard.origins, (allowed) => guarded(allowed, context));
      return options.trace === undefined ? answer() : options.trace(request, answer);
    },
    fetchTrusted: async (request) => trusted.fetch(request),
    mount: (path, handler) => void mounts.set(path, handler),
  };
}

function observerOf(profile: Profile, progress: ProgressByMessages, observe: Observer | undefined, now: () => number): Observer {
  return (observation) => {
    progress.observe(profile, observation, now());
    return observe?.(observation);
  };
}

function unreadable(): Response {
  const message = "the Host header and the path are no address";
  const error = new LumiverseError({ code: "invalid-request", status: 400, message, retryable: false });
  return Response.json(inboundProtocols["chat-completions"].error(error).body, { status: 400 });
}

function refuse(request: Request, message: string): Response {
  const error = new LumiverseError({ code: "permission", status: 403, message, retryable: false });
  const written = protocolOf(new URL(request.url).pathname, request.headers, inboundProtocols).error(error);
  return Response.json(written.body, { status: 403 });
}
