import { type Profiles, requestFor } from "@lumiverse/connections";
import { type ChatRequest, type Connection, isLumiverseError, type LumiverseError } from "@lumiverse/core";
import { fallback, type TargetCooldown } from "@lumiverse/toolkit/fallback";
import type { Charge } from "../keys/counters.ts";
import type { Grant } from "../keys/grant.ts";
import type { VirtualKey } from "../keys/key.ts";
import type { CallLog, RunningCall } from "../ledger/call-log.ts";
import type { CallEnd, CallStart } from "../ledger/call-row.ts";
import type { AliasPolicy } from "../routing/alias.ts";
import type { Connections } from "../routing/connections.ts";
import type { Cooldowns } from "../routing/cooldowns.ts";
import type { Directory } from "../routing/directory.ts";
import type { PayloadTags } from "../routing/payload-tags.ts";
import { isKnownModel, type Route, resolveModel, type Target, targetName } from "../routing/target.ts";
import type { CallProgress, ProgressByMessages } from "./call-progress.ts";
import { type OpenTarget, type PlannedCharge, planCharge, requestTo } from "./charge.ts";
import { ChatCall, showsTarget } from "./chat-call.ts";
import { checkFields } from "./check-fields.ts";
import { hideTargets } from "./hide-targets.ts";
import { moveTags, newestTag, withOwnPayloads } from "./own-payloads.ts";
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
  /** Keeps the runtime alive until the end of the call is recorded. */
  context: { waitUntil(work: Promise<unknown>): void } | undefined;
}

export interface ChatCallsOptions {
  profiles: Profiles;
  directory: Directory;
  connections: Connections;
  cooldowns: Cooldowns;
  tags: PayloadTags;
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
  async open(given: ChatInput): Promise<ChatCall> {
    const { now, progress: observed } = this.#options;
    checkFields(given.request, given.key);
    const found = await this.#findRoute(given.model, given.key);
    const { request: untagged, hasTags } = await this.#untagged(given.request);
    const input = { ...given, request: untagged };
    const tags = found.isList || hasTags ? await this.#tagsOf(found.targets) : NO_TAGS;
    const progress: CallProgress = { attempts: [] };
    const { targets, unusable } = await this.#openTargets(found, progress, tags);
    const planned = await this.#plan(found, targets, input);
    if (unusable !== undefined && targets.length === 0) throw asShown(unusable, found, input.key);
    const cooldowns = await this.#cooldownsOf(targets, found.policy);
    const start = startOf(input);
    const controller = new AbortController();
    const accepted = await this.#accept(start, input, planned, controller);
    const granted = await this.#withRetries(grantedTargets(targets, accepted.grant), found, tags);
    const route: Route = { ...found, targets: granted.map(({ target }) => target) };
    const ordered = issuerFirst(granted, input.request.messages, tags);
    const connection = this.#connectionOf(ordered, found.policy, cooldowns, input.canRestart);
    const request = { ...input.request, signal: controller.signal };
    observed.add(request.messages, progress);
    const end = this.#endOf(start, accepted, input, controller);
    const call = new ChatCall({
      id: start.id,
      startedAt: input.arrivedAt,
      route,
      request,
      key: input.key,
      progress,
      pricing: planned.pricing,
      outputLimits: outputLimits(targets, accepted.grant),
      payloadTags: found.isList ? tags : NO_TAGS,
      attempts: granted.length === 1 ? (found.policy.attempts ?? ATTEMPTS) : undefined,
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
      ended: (how, used) => {
        input.signal.removeEventListener("abort", leave);
        end(how, used);
      },
    });
    const leave = (): void => call.leave();
    if (input.signal.aborted) leave();
    else input.signal.addEventListener("abort", leave, { once: true });
    return call;
  }

  /** What is known of the targets of a list. A single target is asked whatever is known. */
  async #cooldownsOf(targets: readonly OpenTarget[], policy: AliasPolicy): Promise<ReadonlyMap<string, TargetCooldown>> {
    if (targets.length < 2) return new Map();
    return this.#options.cooldowns.read(
      targets.map(({ target }) => target.id),
      policy,
    );
  }

  /** Stores the call and charges its key. */
  async #accept(start: CallStart, { key, signal }: ChatInput, planned: PlannedCharge, controller: AbortController): Promise<RunningCall> {
    const { log, running, watch } = this.#options;
    running.add(controller);
    try {
      const accepted = await log.begin(start, key, planned, signal);
      watch.started(start);
      return accepted;
    } catch (cause) {
      running.remove(controller);
      throw cause;
    }
  }

  /** Records the end of a call. The runtime is kept alive until then. */
  #endOf(
    start: CallStart,
    accepted: RunningCall,
    { context }: ChatInput,
    controller: AbortController,
  ): (end: CallEnd, used: Charge) => void {
    const { log, running, watch } = this.#options;
    let recorded = (): void => {};
    context?.waitUntil(
      new Promise<void>((resolve) => {
        recorded = () => void log.flush().then(resolve);
      }),
    );
    return (end, used) => {
      running.remove(controller);
      log.end(accepted, end, used);
      recorded();
      watch.ended(start, end);
    };
  }

  /** Finds the first target of a model that a key may use, for questions that are no calls, and the request as this target may receive it. */
  async firstTarget(
    model: string,
    key: VirtualKey | undefined,
    request: ChatRequest,
  ): Promise<{ target: Target; connection: Connection; request: ChatRequest }> {
    const { connections, tags } = this.#options;
    const [target] = (await this.#findRoute(model, key)).targets;
    if (target === undefined) throw new Error("a route has at least one target");
    const untagged = await this.#untagged(request);
    return {
      target,
      connection: await connections.get(target.profile, ATTEMPTS),
      request: untagged.hasTags ? withOwnPayloads(untagged.request, await tags.tagOf(target.profile)) : untagged.request,
    };
  }

  async #untagged(request: ChatRequest): Promise<{ request: ChatRequest; hasTags: boolean }> {
    const { messages, hasTags } = await moveTags(request.messages, this.#options.tags);
    return { request: messages === request.messages ? request : { ...request, messages }, hasTags };
  }

  /** The tags of targets by their ids. */
  async #tagsOf(targets: readonly Target[]): Promise<Tags> {
    return new Map(await Promise.all(targets.map(async ({ id, profile }) => [id, await this.#options.tags.tagOf(profile)] as const)));
  }

  async #findRoute(model: string, key: VirtualKey | undefined): Promise<Route> {
    const { directory } = this.#options;
    const names = await directory.names();
    return resolveModel(model, isKnownModel(model, names) ? names : await directory.newNames(), key);
  }

  /** Opens the connections of all targets. Those that cannot be used are passed over. */
  async #openTargets(
    { targets, policy }: Route,
    progress: CallProgress,
    tags: Tags,
  ): Promise<{ targets: OpenTarget[]; unusable?: LumiverseError }> {
    // A target without an alternative has the retries of its connection.
    const attempts = targets.length === 1 ? (policy.attempts ?? ATTEMPTS) : 1;
    const opened: OpenTarget[] = [];
    let unusable: LumiverseError | undefined;
    for (const target of targets) {
      try {
        const connection = await this.#options.connections.get(target.profile, attempts);
        opened.push({ target, connection: this.#forTarget(target, connection, tags) });
      } catch (cause) {
        if (!isLumiverseError(cause)) throw cause;
        unusable = cause;
        progress.attempts.push({ connection: target.profile.name, model: target.model, error: cause.code, ms: 0 });
      }
    }
    return { targets: opened, ...(unusable === undefined ? {} : { unusable }) };
  }

  /** The target that is left alone of a list has the retries that a single one has. */
  async #withRetries(granted: readonly OpenTarget[], { targets, policy }: Route, tags: Tags): Promise<readonly OpenTarget[]> {
    const [only, ...others] = granted;
    if (only === undefined || others.length > 0 || targets.length === 1) return granted;
    const { target } = only;
    try {
      const connection = await this.#options.connections.get(target.profile, policy.attempts ?? ATTEMPTS);
      return [{ target, connection: this.#forTarget(target, connection, tags) }];
    } catch {
      // It has just changed. The call is accepted already, and the open connection sends it.
      return granted;
    }
  }

  /** @throws LumiverseError as the client may see it */
  async #plan(route: Route, targets: readonly OpenTarget[], { request, key }: ChatInput): Promise<PlannedCharge> {
    try {
      return await planCharge(route.requested, targets, request, key, this.#options.profiles);
    } catch (cause) {
      throw isLumiverseError(cause) ? asShown(cause, route, key) : cause;
    }
  }

  #connectionOf(
    targets: readonly OpenTarget[],
    policy: AliasPolicy,
    cooldowns: ReadonlyMap<string, TargetCooldown>,
    canRestart: boolean,
  ): Pick<Connection, "stream" | "generate"> {
    const [only, ...others] = targets;
    if (only !== undefined && others.length === 0) {
      const { connection, target } = only;
      return {
        stream: (request) => connection.stream(requestTo(target, request)),
        generate: (request) => connection.generate(requestTo(target, request)),
      };
    }
    const listed = targets.map(({ connection, target }) => {
      const cooldown = cooldowns.get(target.id);
      return {
        connection: target === targets.at(-1)?.target ? connection : checking(connection),
        model: target.model,
        name: targetName(target),
        ...(target.options === undefined ? {} : { options: target.options }),
        ...(cooldown === undefined ? {} : { cooldown }),
      };
    });
    return fallback(listed, {
      afterContent: policy.afterContent === "restart" && canRestart,
      attempts: policy.attempts ?? Math.max(ATTEMPTS, listed.length),
      budgetMs: policy.budgetMs ?? BUDGET_MS,
      now: this.#options.now,
    });
  }

  /**
   * The connection with what its profile fills in, which is its reasoning where the request does not say otherwise, and without the payloads that other
   * deployments issued.
   */
  #forTarget({ id, profile }: Target, connection: Connection, tags: Tags): Connection {
    const tag = tags.get(id);
    if (profile.reasoning === undefined && tag === undefined) return connection;
    const { progress } = this.#options;
    return withRequests(connection, (request) => {
      const filled = profile.reasoning === undefined ? request : requestFor(profile, request);
      const sent = tag === undefined ? filled : withOwnPayloads(filled, tag);
      progress.follow(request.messages, sent.messages);
      return sent;
    });
  }
}

/** What marks the payloads of targets, by their ids. */
type Tags = ReadonlyMap<string, string>;
const NO_TAGS: Tags = new Map();

/**
 * The targets in the order in which they are asked: that of the list, except that the issuer of the newest payload in the open turn comes first. Another target
 * would go on without the reasoning that led to the calls whose results it receives. With the user's next message, the order of the list counts again.
 */
function issuerFirst(targets: readonly OpenTarget[], messages: ChatRequest["messages"], tags: Tags): readonly OpenTarget[] {
  const newest = tags.size === 0 ? undefined : newestTag(messages);
  const issuer = newest === undefined ? undefined : targets.find(({ target }) => tags.get(target.id) === newest);
  return issuer === undefined ? targets : [issuer, ...targets.filter((other) => other !== issuer)];
}

/** The connection, whose requests are changed before they are sent. */
function withRequests(connection: Connection, change: <T>(request: ChatRequest<T>) => ChatRequest<T>): Connection {
  return {
    ...connection,
    explain: (request, options) => connection.explain(change(request), options),
    stream: (request) => connection.stream(change(request)),
    generate: (request) => connection.generate(change(request)),
  };
}

function startOf({ arrivedAt, key, protocol, model, streamed }: ChatInput): CallStart {
  return {
    id: newCallId(arrivedAt),
    ...(key === undefined ? {} : { key: key.id }),
    protocol,
    requestedModel: model,
    streamed,
    startedAt: arrivedAt,
  };
}

/** The error as the client with this key may see it. */
function asShown(error: LumiverseError, route: Route, key: VirtualKey | undefined): LumiverseError {
  return showsTarget(route, key) ? error : hideTargets(error, route);
}

/** The output limits that a grant sets, by the ids of targets. */
function outputLimits(targets: readonly OpenTarget[], { outputs = new Map() }: Grant): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const [index, limit] of outputs) {
    const id = targets[index]?.target.id;
    if (id !== undefined && limit !== undefined) limits.set(id, limit);
  }
  return limits;
}

/** The targets that a grant covers, with the output limits that it sets. */
function grantedTargets(targets: readonly OpenTarget[], { outputs }: Grant): readonly OpenTarget[] {
  if (outputs === undefined) return targets;
  return targets.flatMap((open, index) => {
    const maxOutputTokens = outputs.get(index);
    if (!outputs.has(index)) return [];
    return [
      maxOutputTokens === undefined ? open : { ...open, target: { ...open.target, options: { ...open.target.options, maxOutputTokens } } },
    ];
  });
}

/** The connection, which passes over what its model cannot do, although a vendor of the client's own protocol could judge that: another target is left. */
function checking(connection: Connection): Connection {
  return withRequests(connection, (request) =>
    request.spelling === undefined ? request : { ...request, spelling: { ...request.spelling, checked: true } },
  );
}

/** A UUID of version 7, which begins with its time: new rows are neighbours in the index, so a transaction writes fewer pages. */
function newCallId(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
