/** Follows the request that a profile really sends, from this process, and says in one sentence what is wrong with it. */
import {
  type Account,
  type Catalogue,
  type Connection,
  isLumiverseError,
  type KeyVerdict,
  LumiverseError,
  type ModelInfo,
} from "@lumiverse/core";
import { type ConnectionsError, isConnectionsError } from "../error.ts";
import { readAddress } from "../profile/address.ts";
import { type ConnectionSource, connectSource, type SharedConnectOptions } from "../profile/connect.ts";
import { effectiveAddress } from "../profile/effective-address.ts";
import { describeKey } from "../profile/key-description.ts";
import type { Profile } from "../profile/profile.ts";
import type { Profiles } from "../profile/profiles.ts";
import { requestFor } from "../profile/reasoning.ts";
import { keyDoubt } from "../profile/validate.ts";
import { refusedSetting, rightProduct } from "./alternatives.ts";
import { type CauseDetails, type CauseId, sentenceOf } from "./causes.ts";
import type { Evidence, Finding } from "./evidence.ts";
import { findCause } from "./find-cause.ts";
import { examineNetwork, examineSilence, type Network, type NetworkEvidence, orNothing, tunnelOf } from "./network.ts";
import { tunnelCause } from "./network-cause.ts";
import { findBetterBase, findOtherProtocols, hasChatCompletions, versionsIn } from "./other-addresses.ts";
import { createRecorder, type RecordedRequest } from "./recorder.ts";
import { streamProblem } from "./stream.ts";
import type { DoctorSubject } from "./subject.ts";

/** `url`: whether the address has a model list. `account`: plan and balance. */
export type StepName = "profile" | "name" | "port" | "tls" | "url" | "key" | "account" | "model" | "chat" | "stream";

export interface Step {
  step: StepName;
  /** `unknown`: the vendor has no API for the question, or did not answer it. Such a step has no influence on the cause. */
  state: "ok" | "failed" | "unknown";
  text: string;
  ms: number;
}

export interface Diagnosis {
  healthy: boolean;
  /** Absent for a healthy connection. */
  cause?: CauseId;
  /** What is wrong and what to do, or that all is well. */
  sentence: string;
  steps: readonly Step[];
  /** When it was examined, as ISO date and time. */
  at: string;
}

export interface DiagnoseOptions {
  /** Examines names, ports and certificates: `nodeNetwork` in Node. Absent, as in browsers: they are not examined. */
  network?: Network;
  connect?: SharedConnectOptions;
  /** Called when a step is done, and while the server keeps silent. */
  onStep?: (step: Step) => void;
  signal?: AbortSignal;
  /** Milliseconds for the chat, because a local server may have to load its model first. Default 120,000. */
  chatTimeoutMs?: number;
  /** Milliseconds for each other request. Default 10,000. */
  timeoutMs?: number;
  /** Milliseconds of silence after which `onStep` reports that the server is loading. Default 5,000. */
  silenceMs?: number;
  /** Default: whether there is a `document`. */
  isBrowser?: boolean;
}

/** Output tokens of the chat. OpenAI's Responses API refuses fewer than 16 (2026-10). */
const CHAT_TOKENS = 16;
/** Output tokens of the stream: enough to see whether they arrive one by one. */
const STREAM_TOKENS = 32;
const GREETING = [{ role: "user" as const, content: "Say hello." }];

/** Examines a stored profile. Never rejects because of what is wrong with it. */
export async function diagnose(profiles: Profiles, id: string, options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const profile = await profiles.get(id);
  const shared = { ...profiles.connectOptions, ...options.connect };
  const fail = (cause: CauseId, details: Partial<CauseDetails> = {}): Diagnosis =>
    profileFailure(profile.name, profile.provider, profile.model, cause, details);
  try {
    profiles.provider(profile.provider);
  } catch {
    return fail("provider-missing");
  }
  try {
    const diagnosis = await diagnoseSubject({ ...profile, source: await profiles.source(id) }, { ...options, connect: shared });
    return diagnosis.healthy && !profile.isEnabled ? switchedOff(diagnosis, profile) : diagnosis;
  } catch (cause) {
    if (!isConnectionsError(cause)) throw cause;
    const known: Partial<Record<ConnectionsError["code"], CauseId>> = {
      "vault-locked": "vault-locked",
      "secret-damaged": "secret-damaged",
      "newer-schema": "settings-invalid",
    };
    const found = known[cause.code];
    if (found === undefined) throw cause;
    return fail(found, { said: cause.message });
  }
}

function switchedOff(diagnosis: Diagnosis, { name, provider, model }: Profile): Diagnosis {
  const sentence = sentenceOf("switched-off", { name, provider, host: "", model });
  return { ...diagnosis, healthy: false, cause: "switched-off", sentence };
}

function profileFailure(name: string, provider: string, model: string, cause: CauseId, details: Partial<CauseDetails>): Diagnosis {
  const sentence = sentenceOf(cause, { name, provider, host: "", model, ...details });
  return {
    healthy: false,
    cause,
    sentence,
    steps: [{ step: "profile", state: "failed", text: sentence, ms: 0 }],
    at: new Date().toISOString(),
  };
}

/** Examines a connection that may not be saved yet. */
export async function diagnoseSubject(given: DoctorSubject, { connect, ...others }: DiagnoseOptions = {}): Promise<Diagnosis> {
  // The doctor records the requests, so its own `fetch` must call that of the connection.
  const { connect: own, ...source } = given.source;
  const subject = { ...given, source };
  const options = { ...others, connect: { ...connect, ...own } };
  const problem = await subjectProblem(subject, options);
  if (problem !== undefined)
    return profileFailure(subject.name, source.provider.name, subject.model, problem.cause, { ...pageOf(source), ...problem.details });
  return new Examination(subject, options).run();
}

/** What is wrong before anything is sent. */
async function subjectProblem({ source, model }: DoctorSubject, { connect }: DiagnoseOptions): Promise<Finding | undefined> {
  const { provider, resolvedURL, auth, key, settings } = source;
  const address = readAddress(provider, resolvedURL, connect?.allowHttp);
  if (address.issue !== undefined) return { cause: "url-invalid", details: { said: `it ${address.issue.message}` } };
  const [issue] = (await provider.settings?.())?.validate(settings).issues ?? [];
  if (issue !== undefined) return { cause: "settings-invalid", details: { said: `${issue.path} ${issue.message}` } };
  if (auth === "key" && key === undefined) return { cause: "key-missing", details: {} };
  const described = key === undefined ? undefined : describeKey(provider, key, address.address.isVendor);
  if (described?.problem !== undefined) return { cause: "key-malformed", details: { said: described.problem } };
  if (model === "") return { cause: "model-missing", details: {} };
  return undefined;
}

function pageOf({ provider: { credential } }: ConnectionSource): { page?: string } {
  return credential.kind !== "none" && credential.page !== undefined ? { page: credential.page } : {};
}

/** One examination with what it has seen so far. */
class Examination {
  readonly #subject: DoctorSubject;
  readonly #options: DiagnoseOptions;
  readonly #steps: Step[] = [];
  readonly #recorder: ReturnType<typeof createRecorder>;
  readonly #connection: Connection;

  constructor(subject: DoctorSubject, options: DiagnoseOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#recorder = createRecorder(options.connect?.fetch);
    this.#connection = this.#connect(subject.source);
  }

  #connect(source: ConnectionSource): Connection {
    // No retries: a second request could hide the failure of the first one, or make a server load its model again.
    return connectSource(source, { ...this.#options.connect, retry: false, fetch: this.#recorder.fetch });
  }

  async run(): Promise<Diagnosis> {
    try {
      return await this.#examine();
    } finally {
      this.#connection.close();
    }
  }

  async #examine(): Promise<Diagnosis> {
    const { source, model } = this.#subject;
    const started = Date.now();
    const { chat: chatURL, base } = await effectiveAddress(this.#connection, source, model);
    this.#report("profile", "ok", `Requests go to ${chatURL ?? base}`, started);
    const host = new URL(base);
    const network = await this.#examineNetwork(host);
    const isReachable = network === undefined || (network.lookupFailure ?? network.reachFailure ?? network.tlsFailure) === undefined;
    const models = isReachable ? await this.#models() : undefined;
    const verdict = isReachable ? await this.#key() : undefined;
    const account = isReachable ? await this.#account() : undefined;
    this.#model(models);
    const chat = await this.#chat(models !== undefined);
    const evidence: Evidence = {
      provider: source.provider,
      model,
      host,
      isVendor: readAddress(source.provider, source.resolvedURL, true).address?.isVendor ?? false,
      hasKey: source.key !== undefined || source.auth === "environment",
      keyStart: source.key?.slice(0, 8) ?? "",
      keyDoubt: source.key === undefined ? undefined : keyDoubt(source.provider, source.key),
      isBrowser: this.#options.isBrowser ?? "document" in globalThis,
      ...(network === undefined ? {} : { network }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(account === undefined ? {} : { account }),
      ...(models === undefined ? {} : { models }),
      ...this.#skew(),
      ...(await this.#catalogue()),
    };
    if (chat.error !== undefined) return this.#conclude(await this.#chatCause(chat.error, chat.request, evidence), evidence);
    const stream = await this.#stream(chat.ms);
    return stream === undefined ? this.#healthy() : this.#conclude(stream, evidence);
  }

  async #examineNetwork(host: URL): Promise<NetworkEvidence | undefined> {
    const { network } = this.#options;
    if (network === undefined) return undefined;
    const started = Date.now();
    const evidence = await orNothing(() => examineNetwork(network, host));
    if (evidence === undefined) return undefined;
    const { lookupFailure, reachFailure, tlsFailure, proxy } = evidence;
    if (proxy?.isUsed === true) {
      this.#report("name", "unknown", `Requests go through the proxy that ${proxy.variable} names`, started);
      return evidence;
    }
    const report = (step: StepName, failure: string | undefined, well: string, ill: string): void =>
      this.#report(step, failure === undefined ? "ok" : "failed", failure === undefined ? well : `${ill} (${failure})`, started);
    report("name", lookupFailure, `${host.hostname} has an address`, `${host.hostname} has no address`);
    if (lookupFailure === undefined)
      report("port", reachFailure, `${host.host} accepts connections`, `${host.host} accepts no connections`);
    if (lookupFailure === undefined && reachFailure === undefined && host.protocol === "https:")
      report("tls", tlsFailure, "The certificate is accepted", "The handshake fails");
    return evidence;
  }

  /** The live list only: a built-in one says nothing about the server. */
  async #models(): Promise<readonly ModelInfo[] | undefined> {
    const started = Date.now();
    try {
      const { models, source } = await this.#connection.models(this.#patience());
      const isLive = source === "live";
      this.#report(
        "url",
        isLive ? "ok" : "unknown",
        isLive ? `The model list has ${models.length} ${models.length === 1 ? "model" : "models"}` : "The vendor's model list was not read",
        started,
      );
      return isLive ? models : undefined;
    } catch (cause) {
      this.#report("url", "unknown", messageOf(cause), started);
      return undefined;
    }
  }

  async #key(): Promise<KeyVerdict | undefined> {
    const started = Date.now();
    try {
      const verdict = await this.#connection.check(this.#patience());
      const state = verdict.key === "valid" ? "ok" : verdict.key === "invalid" ? "failed" : "unknown";
      this.#report("key", state, verdict.reason ?? `The key is ${verdict.key}`, started);
      return verdict;
    } catch (cause) {
      this.#report("key", "unknown", messageOf(cause), started);
      return undefined;
    }
  }

  async #account(): Promise<Account | undefined> {
    const started = Date.now();
    if ((await this.#subject.source.provider.operations()).account === undefined) return undefined;
    try {
      const account = await this.#connection.account(this.#patience());
      this.#report("account", "ok", account.summary, started);
      return account;
    } catch (cause) {
      this.#report("account", "unknown", messageOf(cause), started);
      return undefined;
    }
  }

  /** Some lists leave out models that work, so this step has no influence on the cause. */
  #model(models: readonly ModelInfo[] | undefined): void {
    if (models === undefined) return;
    const { model } = this.#subject;
    const isListed = models.some(({ id, aliases }) => id === model || aliases?.includes(model) === true);
    this.#report("model", isListed ? "ok" : "unknown", isListed ? `${model} is in the list` : `${model} is not in the list`, Date.now());
  }

  /** The profile's own request, unstreamed. */
  async #chat(serverAnswered: boolean): Promise<{ ms: number; error?: LumiverseError; request?: RecordedRequest }> {
    const started = Date.now();
    const { silenceMs = 5000, chatTimeoutMs = 120_000 } = this.#options;
    const reportSilence = (): void => {
      const seconds = Math.round((Date.now() - started) / 1000);
      const text = serverAnswered
        ? `The server answers, but the chat does not: it may be loading the model (${seconds} s)`
        : `No answer for ${seconds} s`;
      this.#options.onStep?.({ step: "chat", state: "unknown", text, ms: Date.now() - started });
    };
    const timer = setInterval(reportSilence, silenceMs);
    try {
      const { finishReason } = await this.#connection.generate(this.#request(CHAT_TOKENS, chatTimeoutMs));
      const ms = Date.now() - started;
      const waited = ms > silenceMs ? `, after ${Math.round(ms / 1000)} s: the server was probably loading the model` : "";
      this.#report("chat", "ok", `The model answers (${finishReason})${waited}`, started);
      return { ms };
    } catch (cause) {
      if (!isLumiverseError(cause) || this.#options.signal?.aborted === true) throw cause;
      this.#report("chat", "failed", cause.message, started);
      const request = await this.#lastRequest();
      return { ms: Date.now() - started, error: cause, ...(request === undefined ? {} : { request }) };
    } finally {
      clearInterval(timer);
    }
  }

  /** The cause of a failed chat. Sends further requests when the error alone does not show it. */
  async #chatCause(error: LumiverseError, request: RecordedRequest | undefined, given: Evidence): Promise<Finding> {
    const evidence = await this.#withFurtherEvidence(error, request, given);
    if (error.code === "timeout" && given.network?.isPlain !== true) return this.#timeoutCause(given);
    const found = findCause(error, request, evidence);
    return (await this.#causeInSettings(error, found)) ?? found;
  }

  /** A proxy is named only when it opens no tunnel to the server. */
  async #timeoutCause({ network: seen, host, models, isVendor }: Evidence): Promise<Finding> {
    const seconds = (this.#options.chatTimeoutMs ?? 120_000) / 1000;
    const { network } = this.#options;
    const isSilent = this.#recorder.requests.every(({ status }) => status === undefined);
    if (isSilent && network !== undefined && seen?.proxy?.isUsed === true) {
      const { variable } = seen.proxy;
      const { tunnel } = await tunnelOf(network, host);
      if (tunnel?.failure !== undefined && !tunnel.isProxyReached) return { cause: "proxy-unreachable", details: { field: variable } };
      if (tunnel?.failure !== undefined)
        return tunnelCause(seen.proxy, tunnel.failure === "ETIMEDOUT" ? `no answer within ${seconds} s` : tunnel.failure);
      if (tunnel === undefined) return { cause: "chat-timeout", details: { seconds, field: variable } };
    }
    return { cause: models !== undefined && !isVendor ? "model-loading" : "chat-timeout", details: { seconds } };
  }

  /** The evidence with what other addresses of the server show, when the error is about the address, and with what a silent server shows. */
  async #withFurtherEvidence(error: LumiverseError, request: RecordedRequest | undefined, given: Evidence): Promise<Evidence> {
    const isAddress =
      request?.status !== undefined &&
      (error.code === "not-found" || error.code === "malformed-response" || request.status === 404 || request.status === 405);
    const evidence = isAddress ? { ...given, ...(await this.#otherAddresses(given)) } : given;
    const { network } = this.#options;
    const isUnexplained = error.code === "network" && request?.status === undefined && given.network?.reachFailure === undefined;
    if (!isUnexplained || network === undefined || given.network === undefined) return evidence;
    return { ...evidence, network: { ...given.network, ...(await examineSilence(network, given.host, given.network.proxy)) } };
  }

  async #otherAddresses({ models, host }: Evidence): Promise<Pick<Evidence, "betterBase" | "otherProtocols" | "hasChatCompletions">> {
    const { source, model } = this.#subject;
    // The vendor's own address is right, and so is an address whose model list answers.
    const isRight = source.resolvedURL === undefined || (models !== undefined && versionsIn(host.pathname) === 1);
    const betterBase = isRight ? undefined : await findBetterBase(source, host, this.#options);
    // A server of one's own can speak one API and list no models.
    const isAsked = models !== undefined || source.resolvedURL !== undefined;
    const otherProtocols = isAsked ? await findOtherProtocols(source, model, this.#options) : undefined;
    const isOther = source.resolvedURL !== undefined && otherProtocols === undefined && !this.#hasSentChatCompletions();
    return {
      hasChatCompletions: isOther && (await hasChatCompletions(host, this.#options)),
      ...(betterBase === undefined ? {} : { betterBase }),
      ...(otherProtocols === undefined ? {} : { otherProtocols }),
    };
  }

  #hasSentChatCompletions(): boolean {
    return this.#recorder.requests.some(({ url }) => new URL(url).pathname.endsWith("/chat/completions"));
  }

  /** The cause when the same chat works with one setting changed. Undefined: it does not, or the cause that was found has nothing to do with settings. */
  async #causeInSettings(error: LumiverseError, { cause, details }: Finding): Promise<Finding | undefined> {
    if (cause === "key-wrong" || cause === "balance-empty") {
      const right = await rightProduct(this.#subject.source, (other) => this.#succeeds(other, this.#subject));
      return right === undefined ? undefined : { cause: "key-wrong-product", details: { field: right.title, instead: [right.value] } };
    }
    if (cause === "setting-refused" || cause === "key-restricted" || cause === "server-error" || cause === "unknown") {
      const refused = await refusedSetting(this.#subject, error, (subject) => this.#succeeds(subject.source, subject));
      return refused === undefined ? undefined : { cause: "setting-refused", details: { ...details, field: refused } };
    }
    return undefined;
  }

  /** Whether the same chat works on a changed connection. */
  async #succeeds(source: ConnectionSource, subject: DoctorSubject): Promise<boolean> {
    let connection: Connection | undefined;
    try {
      connection = this.#connect(source);
      await connection.generate({ ...this.#request(CHAT_TOKENS, this.#options.timeoutMs ?? 10_000, subject) });
      return true;
    } catch (cause) {
      if (this.#options.signal?.aborted === true) throw cause;
      return false;
    } finally {
      connection?.close();
    }
  }

  async #stream(chatMs: number): Promise<Finding | undefined> {
    const started = Date.now();
    let error: LumiverseError | undefined;
    let pieces = 0;
    try {
      for await (const event of this.#connection.stream(this.#request(STREAM_TOKENS, this.#options.chatTimeoutMs ?? 120_000)))
        if (event.type === "text" || event.type === "reasoning") pieces++;
    } catch (cause) {
      if (!isLumiverseError(cause) || this.#options.signal?.aborted === true) throw cause;
      error = cause;
    }
    const request = await this.#lastRequest();
    const problem = streamProblem(error, request, { chatMs, pieces });
    this.#report(
      "stream",
      problem === undefined ? "ok" : "failed",
      error?.message ??
        (problem === undefined ? `The stream delivers ${pieces} ${pieces === 1 ? "piece" : "pieces"}` : "The stream arrives at once"),
      started,
    );
    if (problem === undefined) return undefined;
    const { provider } = this.#subject.source;
    const streaming = (await provider.settings?.())?.fields.find(({ path }) => path === "streaming");
    return {
      cause: problem,
      details: {
        ...(error === undefined ? {} : { said: error.message.replace(`${provider.id}: `, "") }),
        ...(streaming === undefined ? {} : { field: `“${streaming.title}”` }),
      },
    };
  }

  #request(tokens: number, timeoutMs: number, subject: DoctorSubject = this.#subject): Parameters<Connection["generate"]>[0] {
    const effort = subject.reasoning?.effort;
    const budget = typeof effort === "object" ? effort.budgetTokens : 0;
    const { signal } = this.#options;
    return requestFor(subject, {
      messages: GREETING,
      maxOutputTokens: budget + tokens,
      timeouts: { total: timeoutMs, response: timeoutMs, firstEvent: timeoutMs, idle: timeoutMs },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #patience(): { timeouts: { total: number }; signal?: AbortSignal } {
    const { timeoutMs = 10_000, signal } = this.#options;
    return { timeouts: { total: timeoutMs }, ...(signal === undefined ? {} : { signal }) };
  }

  async #lastRequest(): Promise<RecordedRequest | undefined> {
    const request = this.#recorder.requests.at(-1);
    // The recorder reads the answer at the same time. A server that hangs must not delay the doctor.
    await Promise.race([request?.ended, new Promise((resolve) => setTimeout(resolve, 200))]);
    return request;
  }

  /** Servers state their time in every response. */
  #skew(): { skewSeconds?: number } {
    for (const { headers, startedAt } of this.#recorder.requests) {
      const date = Date.parse(headers?.get("date") ?? "");
      if (!Number.isNaN(date)) return { skewSeconds: (date - startedAt) / 1000 };
    }
    return {};
  }

  async #catalogue(): Promise<{ catalogue?: Catalogue }> {
    const { provider, settings } = this.#subject.source;
    const catalogue = await provider.catalogue?.(settings);
    return catalogue === undefined ? {} : { catalogue };
  }

  #conclude({ cause, details }: Finding, { host: { host, protocol }, isVendor }: Evidence): Diagnosis {
    const { name, model, source } = this.#subject;
    const who = isVendor ? source.provider.name : `The server at ${host}`;
    const sentence = sentenceOf(cause, {
      name,
      provider: source.provider.name,
      who,
      host,
      isSecure: protocol === "https:",
      model,
      ...(isVendor ? pageOf(source) : {}),
      ...details,
    });
    return { healthy: false, cause, sentence, steps: this.#steps, at: new Date().toISOString() };
  }

  #healthy(): Diagnosis {
    const { name, model } = this.#subject;
    return {
      healthy: true,
      sentence: `“${name}” works: ${model} answers, whole and as a stream.`,
      steps: this.#steps,
      at: new Date().toISOString(),
    };
  }

  #report(step: StepName, state: Step["state"], text: string, started: number): void {
    const done: Step = { step, state, text, ms: Date.now() - started };
    this.#steps.push(done);
    this.#options.onStep?.(done);
  }
}

function messageOf(cause: unknown): string {
  if (cause instanceof LumiverseError || isLumiverseError(cause)) return cause.message;
  throw cause;
}
