/**
 * Records real exchanges as a case. Secrets and account names are removed before anything is written. The hash covers what is written, so that a later manual edit
 * is noticed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConnectOptions } from "@lumiverse/core";
import { type Capability, type ChatRequest, type JsonObject, LumiverseError, type Message, type Provider } from "@lumiverse/core/provider";
import { type Case, type Expect, exchangeHash, type Fixture, type HttpExchange, readFixture, SCENARIO_LIST } from "../fixture/fixture.ts";
import { CANARY } from "../fixture/keys.ts";
import { KEY } from "../fixture/schema.ts";
import { commonParts, comparableAnswer } from "../play/agreement.ts";
import { sentRequest } from "../play/memory-fetch.ts";
import { type Mode, play } from "../play/play.ts";
import { testedSubject } from "../play/subject.ts";
import { baseURLSecrets, type Cleaner, createCleaner, headerSecrets, keySecrets, secretFields } from "./cleaner.ts";
import { expectation } from "./write-expected.ts";

/** What to record. */
export interface RecordOptions {
  /** Folder of all cases. The new case becomes a folder in it. */
  fixtures: URL | string;
  /** Name of the case: lower-case words with hyphens. */
  name: string;
  /** A sentence about behaviour. */
  title: string;
  /** The capabilities that the case demonstrates. */
  claims: readonly Capability[];
  /** The unusual behaviour of the host that the case demonstrates. */
  gotcha?: string;
  /** The chat to record, or the request to count for `countTokens`. */
  request?: Omit<ChatRequest, "signal">;
  /** The messages of further turns. */
  turns?: readonly (readonly Message[])[];
  /** An operation to record instead of a chat. */
  operation?: Case["operation"];
  /** The model of the case. Required if there is no request. */
  model?: string;
  /** How the chat is recorded. Default `both`: a streamed and an unstreamed call. */
  streaming?: boolean | "both";
  /** The vendor's key. It is never written. Default: the calls have no key. */
  apiKey?: string;
  /** Default: the provider's own base URL. */
  baseURL?: string;
  /** The settings of the connection, which the case repeats. */
  settings?: JsonObject;
  /** Used instead of the global fetch. */
  fetch?: typeof fetch;
  /** More strings to remove: account names, organisations. */
  secrets?: readonly string[];
}
/** A recorded exchange, which still holds secrets until it is cleaned. */
interface RecordedExchange {
  method: "GET" | "POST" | "DELETE";
  url: string;
  sent: string | undefined;
  /** The request headers that carry the key, with `{key}` in its place. */
  keyHeaders: Record<string, string>;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
  /** An exchange of the key for a token. The case gets an invented one in its place, so that it can be played. */
  isToken: boolean;
}

/** The response headers to keep: they describe the API and not the account. */
const KEPT = /^(?:content-type|retry-after|retry-after-ms|x-ratelimit-.*|anthropic-ratelimit-.*|x-should-retry)$/;

/** Records exchanges, and adds the secrets of their requests to the cleaner. */
class ExchangeRecorder {
  readonly #inner: typeof fetch;
  readonly #cleaner: Cleaner;
  readonly #exchanges: Promise<RecordedExchange>[] = [];
  /** The key, and the tokens that it was exchanged for. */
  readonly #keys: string[] = [];

  constructor(inner: typeof fetch, cleaner: Cleaner, key: string | undefined) {
    this.#inner = inner;
    this.#cleaner = cleaner;
    if (key !== undefined) this.#keys.push(key.trim());
  }

  /** Adds the tokens in the headers that a key was exchanged for. */
  addTokens(headers: Readonly<Record<string, string>>): void {
    this.#cleaner.add(...headerSecrets(headers));
    this.#keys.push(...Object.values(headers).map((value) => value.replace(/^\w+ /, "")));
  }

  #keyHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      const word = /^(?:\w+ )?/.exec(value)?.[0] ?? "";
      if (this.#keys.includes(value.slice(word.length))) found[name] = word + KEY;
    }
    return found;
  }

  /** A fetch that records. */
  fetch(isToken: boolean): typeof fetch {
    return async (input, init) => {
      const sent = sentRequest(input, init);
      this.#cleaner.add(...headerSecrets(sent.headers));
      const response = await this.#inner(input, init);
      const [theirs, ours] = response.body === null ? [null, null] : response.body.tee();
      const headers: Record<string, string> = {};
      response.headers.forEach((value, name) => {
        if (KEPT.test(name)) headers[name] = value;
      });
      this.#exchanges.push(
        new Response(ours).arrayBuffer().then((bytes) => ({
          method: sent.method as RecordedExchange["method"], // core sends only these methods
          url: sent.url,
          sent: sent.body,
          keyHeaders: this.#keyHeaders(sent.headers),
          status: response.status,
          headers,
          body: new Uint8Array(bytes),
          isToken,
        })),
      );
      return new Response(theirs, { status: response.status, statusText: response.statusText, headers: response.headers });
    };
  }

  /** The exchanges without secrets. Resolves when every answer has been read to its end, because the last one can add a secret. */
  async cleaned(): Promise<RecordedExchange[]> {
    const { clean, cleanBytes } = this.#cleaner;
    return (await Promise.all(this.#exchanges)).map((one) => ({
      ...one,
      url: clean(one.isToken ? withoutQuery(one.url) : one.url),
      sent: one.sent === undefined || one.isToken ? undefined : clean(one.sent),
      headers: Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, clean(value)])),
      body: one.isToken ? inventedToken() : cleanBytes(one.body),
    }));
  }
}

function withoutQuery(url: string): string {
  return url.split("?")[0] ?? url;
}

/** The answer to a token exchange that the suite plays: its own test key as the token. */
function inventedToken(): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ access_token: CANARY, expires_in: 3599, token_type: "Bearer" }));
}

/** The provider, with its token exchanges recorded. The headers that it gets are secrets. */
function withRecordedTokens(provider: Provider, recorder: ExchangeRecorder): Provider {
  const { authorize } = provider;
  if (authorize === undefined) return provider;
  return {
    ...provider,
    async authorize(context) {
      const authorization = await authorize({ ...context, fetch: recorder.fetch(true) });
      recorder.addTokens(authorization.headers);
      return authorization;
    },
  };
}

/**
 * Makes the calls and writes the case. Returns it as the suite reads it. A model rarely gives the same answer twice: if the streamed and the unstreamed answer
 * differ, they become two cases, the second named `<name>-unstreamed`. If they are equal, the case expects what both have in common, so it expects no id.
 * @throws LumiverseError `configuration` if no model is named
 */
export async function record(provider: Provider, options: RecordOptions): Promise<Fixture> {
  const model = options.request?.model ?? options.model;
  if (model === undefined)
    throw new LumiverseError({ code: "configuration", message: "record: set `model`, or name the model in the request" });
  const streaming = options.operation === undefined ? (options.streaming ?? "both") : false;
  const draft = draftOf(options, model, streaming);
  const cleaner = createCleaner();
  cleaner.add(
    ...keySecrets(options.apiKey),
    ...(options.secrets ?? []),
    ...baseURLSecrets(options.baseURL),
    ...secretFields(options.settings),
  );
  cleaner.add(...secretFields({ headers: options.request?.headers }), ...secretFields(options.request?.providerOptions));
  const modes: Mode[] = streaming === "both" ? ["stream", "generate"] : streaming ? ["stream"] : ["generate"];
  const calls: RecordedCall[] = [];
  for (const mode of modes) calls.push(await recordCall(provider, { draft, mode, options, cleaner }));
  return writeCalls(calls, { root: folderPath(options.fixtures), name: options.name, draft, cleaner });
}

function folderPath(folder: URL | string): string {
  return typeof folder === "string" ? folder : fileURLToPath(folder);
}

/** One recorded call. */
interface RecordedCall {
  mode: Mode;
  exchanges: readonly RecordedExchange[];
  /** The expectation of each turn. */
  expected: readonly Expect[];
  /** The answer without what differs between a streamed and an unstreamed one, such as ids. */
  comparable: string;
}

/** What a call is recorded for. */
interface Recording {
  draft: Case;
  mode: Mode;
  options: RecordOptions;
  cleaner: Cleaner;
}

async function recordCall(provider: Provider, { draft, mode, options, cleaner }: Recording): Promise<RecordedCall> {
  const recorder = new ExchangeRecorder(options.fetch ?? fetch, cleaner, options.apiKey);
  const extra: ConnectOptions = {
    fetch: recorder.fetch(false),
    retry: false,
    ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
  };
  const fixture = { name: options.name, dir: "", case: { ...draft, streaming: mode === "stream" }, exchanges: [] };
  const turns = await play(testedSubject(withRecordedTokens(provider, recorder)), fixture, mode, extra);
  const exchanges = await recorder.cleaned();
  const expected = turns.map((turn) => cleaner.cleanJson(expectation({}, turn, mode)));
  assertNoSecretInPieces(expected, cleaner);
  return { mode, exchanges, expected, comparable: turns.map(comparableAnswer).join("\n") };
}

/** In a stream, a secret can be spread over several events, where no search finds it. */
function assertNoSecretInPieces(expected: readonly Expect[], cleaner: Cleaner): void {
  for (const { events = [] } of expected)
    if (cleaner.finds(events.map((event) => ("text" in event ? event.text : "")).join("")))
      throw new LumiverseError({
        code: "configuration",
        message: "record: the answer repeats a secret in pieces, so nothing was written",
        hint: "Change the request so that the model does not repeat a key or a header",
      });
}

function draftOf(options: RecordOptions, model: string, streaming: Case["streaming"]): Case {
  const { model: _model, ...request } = options.request ?? { model };
  return {
    version: 1,
    title: options.title,
    claims: options.claims,
    model,
    streaming,
    expect: {},
    exchanges: [],
    ...(options.gotcha === undefined ? {} : { gotcha: options.gotcha }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.baseURL === undefined ? {} : { options: { baseURL: options.baseURL } }),
    ...(options.apiKey === undefined ? { apiKey: "none" } : {}),
    ...(options.operation === undefined ? {} : { operation: options.operation }),
    ...(options.request === undefined ? {} : { request: request as NonNullable<Case["request"]> }), // a request without `model`
    ...(options.turns === undefined ? {} : { turns: options.turns.map((messages) => ({ messages, expect: {} })) }),
  };
}

/** A case that is about to be written. */
interface NewCase {
  /** Folder of all cases. */
  root: string;
  name: string;
  draft: Case;
  cleaner: Cleaner;
}

/** Writes one case, or two if the streamed and the unstreamed answer differ. Returns the first. */
function writeCalls(calls: readonly RecordedCall[], one: NewCase): Fixture {
  const [first, second] = calls;
  if (first === undefined || second === undefined || first.comparable === second.comparable) return writeCase(calls, one);
  const claims = one.draft.claims.filter((claim) => claim !== "streaming");
  writeCase([second], { ...one, name: `${one.name}-unstreamed`, draft: { ...one.draft, streaming: false, claims } });
  return writeCase([first], { ...one, draft: { ...one.draft, streaming: true } });
}

function writeCase(calls: readonly RecordedCall[], { root, name, draft, cleaner }: NewCase): Fixture {
  const dir = join(root, name);
  const given = cleaner.cleanJson(draft);
  mkdirSync(dir, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const exchanges = calls.flatMap(({ mode, exchanges }) =>
    exchanges.map((one, index) => writeExchange(one, { dir, index, date, mode: calls.length > 1 ? mode : undefined })),
  );
  const turns = given.turns?.map((turn, i) => ({ ...turn, expect: expectedOf(calls, i + 1) }));
  const written: Case = { ...given, expect: expectedOf(calls, 0), ...(turns === undefined ? {} : { turns }), exchanges };
  writeFileSync(join(dir, "case.json"), `${JSON.stringify(written, null, 2)}\n`);
  listScenario(root, name);
  return readFixture(dir, name);
}

/** The expectation of a turn. For two calls it holds what both answers have in common. */
function expectedOf([first, second]: readonly RecordedCall[], turn: number): Expect {
  const [own, other] = [first?.expected[turn] ?? {}, second?.expected[turn]];
  if (own.response === undefined || other === undefined) return own;
  return { ...own, response: commonParts(own.response, other.response) as JsonObject }; // the common part of two objects is an object
}

/** Adds a name to the list of scenarios. Names are never removed, so that the suite notices a deleted case. */
function listScenario(root: string, name: string): void {
  const path = join(root, SCENARIO_LIST);
  const listed: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  const names = Array.isArray(listed) ? listed : [];
  if (!names.includes(name)) writeFileSync(path, `${JSON.stringify([...names, name].sort(), null, 2)}\n`);
}

/** Where an exchange is written. `mode` is set if the case has both calls. */
interface ExchangeFile {
  dir: string;
  index: number;
  date: string;
  mode: Mode | undefined;
}

function writeExchange(one: RecordedExchange, file: ExchangeFile): HttpExchange {
  if (one.isToken) return tokenExchange(one, file);
  const { dir, index, date, mode } = file;
  const stem = `${mode === undefined ? "" : `${mode}-`}${index + 1}`;
  const type = one.headers["content-type"] ?? "";
  const responseFile = `${stem}.response.${type.includes("event-stream") ? "sse" : type.includes("json") ? "json" : "txt"}`;
  writeFileSync(join(dir, responseFile), one.body);
  const requestFile = `${stem}.request.json`;
  if (one.sent !== undefined) writeFileSync(join(dir, requestFile), one.sent);
  return {
    ...(mode === undefined ? {} : { for: mode }),
    request: {
      method: one.method,
      url: one.url,
      ...(Object.keys(one.keyHeaders).length === 0 ? {} : { headers: one.keyHeaders }),
      ...(one.sent === undefined ? {} : { bodyFile: requestFile }),
    },
    response: { status: one.status, headers: one.headers, bodyFile: responseFile },
    provenance: {
      kind: "recorded",
      source: `${one.method} ${one.url}`,
      date,
      sha256: exchangeHash({ ...one, statedHeaders: one.headers }),
    },
  };
}

/** The invented exchange in the place of a recorded one. Only its address comes from the recorded one. */
function tokenExchange(one: RecordedExchange, { mode, date }: ExchangeFile): HttpExchange {
  return {
    ...(mode === undefined ? {} : { for: mode }),
    request: { method: one.method, url: one.url, match: "url" },
    response: { status: 200, headers: { "content-type": "application/json" }, body: JSON.parse(new TextDecoder().decode(one.body)) },
    provenance: { kind: "documented", source: one.url, date },
  };
}
