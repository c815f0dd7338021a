import { type Profiles, requestFor } from "@lumiverse/connections";
import { type ChatRequest, type Connection, isLumiverseError } from "@lumiverse/core";
import { fallback } from "@lumiverse/toolkit/fallback";
import type { VirtualKey } from "../keys/key.ts";
import type { CallLog } from "../ledger/call-log.ts";
import type { CallEnd, CallStart } from "../ledger/call-row.ts";
import type { Connections } from "../routing/connections.ts";
import type { Cooldowns } from "../routing/cooldowns.ts";
import type { Directory } from "../routing/directory.ts";
import { type Route, resolveModel, type Target, targetName } from "../routing/target.ts";
import type { CallProgress, ProgressByMessages } from "./call-progress.ts";
import { planCharge } from "./charge.ts";
import { ChatCall, showsTarget } from "./chat-call.ts";
import { checkFields } from "./check-fields.ts";
import type { RunningCalls } from "./running-calls.ts";

/** HTTP requests of a call, unless its alias says otherwise. */
const ATTEMPTS = 3;
/** Milliseconds of all targets together until the first content. Reasoning models think for minutes. */
const BUDGET_MS = 600_000;

/** What a client asks for. */
export interface ChatInput {
  /** The protocol of the client. */
  protocol: string;
  /** As the client named it. */
  model: string;
  request: ChatRequest;
  streamed: boolean;
  key: VirtualKey | undefined;
  /** Milliseconds since 1970. */
  arrivedAt: number;
  /** The client's protocol can take back what it has received. */
  canRestart: boolean;
  /** Aborts when the client leaves. */
  signal: AbortSignal;
}

export interface ChatCallsOptions {
  profiles: Profiles;
  directory: Directory;
  connections: Connections;
  cooldowns: Cooldowns;
  progress: ProgressByMessages;
  log: CallLog;
  running: RunningCalls;
  now: () => number;
  recordContent: boolean;
  /** Receives each call when it was accepted and when it is over. */
  watch: { started(call: CallStart): void; ended(call: CallStart, end: CallEnd): void };
}

/** Accepts calls: finds their targets, charges their keys, and sends them. */
export class ChatCalls {
  readonly #options: ChatCallsOptions;

  constructor(options: ChatCallsOptions) {
    this.#options = options;
  }

  /** @throws LumiverseError when the call is not accepted. Nothing is sent and recorded then */
  async open(input: ChatInput): Promise<ChatCall> {
    const { profiles, directory, log, running, now, progress: observed } = this.#options;
    checkFields(input.request, input.key);
    const found = resolveModel(input.model, await directory.names(), input.key);
    const planned = await planCharge(found, input.request, input.key, profiles);
    const route: Route = { ...found, targets: planned.targets };
    const progress: CallProgress = { attempts: [] };
    const connection = await this.#connectionOf(route, input, progress);
    const start: CallStart = {
      id: newCallId(input.arrivedAt),
      ...(input.key === undefined ? {} : { key: input.key.id }),
      protocol: input.protocol,
      requestedModel: input.model,
      streamed: input.streamed,
      startedAt: input.arrivedAt,
    };
    const controller = new AbortController();
    running.add(controller);
    let accepted: Awaited<ReturnType<CallLog["begin"]>>;
    try {
      accepted = await log.begin(start, input.key, planned.charge, input.signal);
    } catch (cause) {
      running.remove(controller);
      throw cause;
    }
    this.#options.watch.started(start);
    const hidden = !showsTarget(route, input.key);
    const { vendorFields, ...plain } = input.request;
    // The vendor's own fields name its model.
    const request: ChatRequest = { ...(hidden ? plain : input.request), signal: controller.signal };
    observed.add(request.messages, progress);
    const call = new ChatCall({
      id: start.id,
      startedAt: input.arrivedAt,
      route,
      request,
      key: input.key,
      progress,
      pricing: planned.pricing,
      controller,
      now,
      recordContent: this.#options.recordContent,
      stream: (sent) => connection.stream(sent),
      generate: (sent) => connection.generate(sent),
      failed: (error) => {
        // What is learned about a target without an alternative serves the lists that it is part of. Lists have done so themselves.
        const [only, ...others] = route.targets;
        if (only !== undefined && others.length === 0) this.#options.cooldowns.unread(only.id).failed(error);
      },
      ended: (end, used) => {
        input.signal.removeEventListener("abort", leave);
        running.remove(controller);
        log.end(accepted, end, used);
        this.#options.watch.ended(start, end);
      },
    });
    const leave = (): void => call.leave();
    if (input.signal.aborted) leave();
    else input.signal.addEventListener("abort", leave, { once: true });
    return call;
  }

  /** Finds the first target of a model that a key may use, for questions that are no calls. */
  async firstTarget(model: string, key: VirtualKey | undefined): Promise<{ target: Target; connection: Connection }> {
    const { directory, connections } = this.#options;
    const { targets } = resolveModel(model, await directory.names(), key);
    const [target] = targets;
    if (target === undefined) throw new Error("a route has at least one target");
    return { target, connection: await connections.get(target.profile, ATTEMPTS) };
  }

  async #connectionOf(route: Route, input: ChatInput, progress: CallProgress): Promise<Pick<Connection, "stream" | "generate">> {
    const [only, ...others] = route.targets;
    if (only !== undefined && others.length === 0) return this.#single(only, route);
    const { connections, cooldowns } = this.#options;
    const { policy, targets } = route;
    const ids = targets.map(({ id }) => id);
    const states = await cooldowns.read(ids, policy);
    const open: Parameters<typeof fallback>[0][number][] = [];
    let unusable: unknown;
    for (const target of targets) {
      try {
        const cooldown = states.get(target.id);
        const opened = this.#withProfile(target, await connections.get(target.profile, 1));
        open.push({
          connection: target === targets.at(-1) ? opened : checking(opened),
          model: target.model,
          name: targetName(target),
          ...(target.options === undefined ? {} : { options: target.options }),
          ...(cooldown === undefined ? {} : { cooldown }),
        });
      } catch (cause) {
        if (!isLumiverseError(cause)) throw cause;
        unusable = cause;
        progress.attempts.push({ connection: target.profile.name, model: target.model, error: cause.code, ms: 0 });
      }
    }
    if (open.length === 0) throw unusable;
    return fallback(open, {
      afterContent: policy.afterContent === "restart" && input.canRestart,
      attempts: policy.attempts ?? Math.max(ATTEMPTS, open.length),
      budgetMs: policy.budgetMs ?? BUDGET_MS,
      now: this.#options.now,
    });
  }

  /** A target without an alternative has the retries of its connection. */
  async #single(target: Target, { policy }: Route): Promise<Pick<Connection, "stream" | "generate">> {
    const opened = await this.#options.connections.get(target.profile, policy.attempts ?? ATTEMPTS);
    const connection = this.#withProfile(target, opened);
    const toTarget = <T>(request: ChatRequest<T>): ChatRequest<T> => ({ ...request, ...target.options, model: target.model });
    return {
      stream: (request) => connection.stream(toTarget(request)),
      generate: (request) => connection.generate(toTarget(request)),
    };
  }

  /** The connection with what its profile fills in: its reasoning, where the request does not say otherwise. */
  #withProfile({ profile }: Target, connection: Connection): Connection {
    if (profile.reasoning === undefined) return connection;
    const { progress } = this.#options;
    const fill = <T>(request: ChatRequest<T>): ChatRequest<T> => {
      const filled = requestFor(profile, request);
      progress.follow(request.messages, filled.messages);
      return filled;
    };
    return {
      ...connection,
      stream: (request) => connection.stream(fill(request)),
      generate: (request) => connection.generate(fill(request)),
    };
  }
}

/** The connection, which passes over what its model cannot do, although a vendor of the client's own protocol could judge that: another target is left. */
function checking(connection: Connection): Connection {
  const check = <T>(request: ChatRequest<T>): ChatRequest<T> =>
    request.spelling === undefined ? request : { ...request, spelling: { ...request.spelling, checked: true } };
  return {
    ...connection,
    stream: (request) => connection.stream(check(request)),
    generate: (request) => connection.generate(check(request)),
  };
}

/** A UUID of version 7, which begins with its time: rows that are written together stand together in the index, so that a transaction writes fewer pages. */
function newCallId(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
