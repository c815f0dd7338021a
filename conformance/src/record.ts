/**
 * Records real exchanges into a case: a fetch that keeps what goes by, with every secret and account's name taken out before anything is written. The hash is
 * over what is written, so that a later change by hand is seen.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Capability,
  type ChatRequest,
  type ConnectOptions,
  type JsonObject,
  LumiverseError,
  type Message,
  type Provider,
} from "@lumiverse/core";
import { type Case, type Exchange, exchangeHash, type Fixture, readFixture } from "./fixture.ts";
import { sentOf } from "./memory.ts";
import { type Mode, play } from "./play.ts";
import { judged } from "./subject.ts";
import { expectation } from "./write.ts";

export interface RecordOptions {
  /** The folder of all cases; the new one becomes a folder in it. */
  fixtures: URL | string;
  /** Its name: lower-case words with hyphens. */
  name: string;
  title: string;
  claims: readonly Capability[];
  gotcha?: string;
  /** The chat to record; for `countTokens` the request that is counted. */
  request?: Omit<ChatRequest, "signal">;
  /** Messages of further turns. */
  turns?: readonly (readonly Message[])[];
  operation?: Case["operation"];
  /** Needed where there is no request: the model under which an operation is listed. */
  model?: string;
  /** Default `both` for chats. */
  streaming?: boolean | "both";
  apiKey?: string;
  baseURL?: string;
  settings?: JsonObject;
  /** Sends in place of the global fetch. */
  fetch?: typeof fetch;
  /** More strings that must not be written: account names, organisations. */
  secrets?: readonly string[];
}
export interface Recorder {
  fetch: typeof fetch;
  /** What has gone by, once every answer is read to its end. */
  taken(): Promise<Taken[]>;
}
export interface Taken {
  method: "GET" | "POST" | "DELETE";
  url: string;
  sent: string | undefined;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** Headers of an answer that say something about the API and nothing about the account. */
const KEPT = /^(?:content-type|retry-after|retry-after-ms|x-ratelimit-.*|anthropic-ratelimit-.*|x-should-retry)$/;

export function recorder(inner: typeof fetch, clean: (text: string) => string): Recorder {
  const taken: Promise<Taken>[] = [];
  return {
    taken: () => Promise.all(taken),
    async fetch(input, init) {
      const sent = sentOf(input, init);
      const response = await inner(input, init);
      const [theirs, ours] = response.body === null ? [null, null] : response.body.tee();
      const headers: Record<string, string> = {};
      response.headers.forEach((value, name) => {
        if (KEPT.test(name)) headers[name] = clean(value);
      });
      const body = new Response(ours).arrayBuffer();
      taken.push(
        body.then((bytes) => ({
          method: sent.method as Taken["method"], // core sends these three
          url: clean(sent.url),
          sent: sent.body === undefined ? undefined : clean(sent.body),
          status: response.status,
          headers,
          body: cleanBytes(new Uint8Array(bytes), clean),
        })),
      );
      return new Response(theirs, { status: response.status, statusText: response.statusText, headers: response.headers });
    },
  };
}

/** Makes the calls and writes the case. Returns it as the suite will read it. */
export async function record(provider: Provider, options: RecordOptions): Promise<Fixture> {
  const model = options.request?.model ?? options.model;
  if (model === undefined)
    throw new LumiverseError({ code: "configuration", message: "record: name a model, in the request or as `model`" });
  const streaming = options.operation === undefined ? (options.streaming ?? "both") : false;
  const modes: Mode[] = streaming === "both" ? ["stream", "generate"] : streaming ? ["stream"] : ["generate"];
  const { model: _model, ...request } = options.request ?? { model };
  const draft: Case = {
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
    ...(options.request === undefined ? {} : { request: request as NonNullable<Case["request"]> }), // a request without its model
    ...(options.turns === undefined ? {} : { turns: options.turns.map((messages) => ({ messages, expect: {} })) }),
  };
  const root = typeof options.fixtures === "string" ? options.fixtures : fileURLToPath(options.fixtures);
  const dir = join(root, options.name);
  mkdirSync(dir, { recursive: true });
  const clean = cleaner([options.apiKey, ...(options.secrets ?? [])]);
  const date = new Date().toISOString().slice(0, 10);
  const exchanges: Exchange[] = [];
  let written = draft;
  for (const mode of modes) {
    const tape = recorder(options.fetch ?? fetch, clean);
    const extra: ConnectOptions = { fetch: tape.fetch, retry: false, ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }) };
    const turns = await play(
      judged(provider),
      { name: options.name, dir, case: { ...draft, streaming: mode === "stream" }, exchanges: [] },
      mode,
      extra,
    );
    for (const [i, one] of (await tape.taken()).entries()) exchanges.push(writeExchange(dir, one, mode, streaming === "both", i, date));
    const [first, ...rest] = turns;
    if (first !== undefined && (mode === "stream" || streaming !== "both"))
      written = {
        ...draft,
        expect: JSON.parse(clean(JSON.stringify(expectation({}, first, mode)))),
        ...(draft.turns === undefined
          ? {}
          : {
              turns: draft.turns.map((turn, i) => ({
                ...turn,
                expect: rest[i] === undefined ? {} : JSON.parse(clean(JSON.stringify(expectation({}, rest[i], mode)))),
              })),
            }),
      };
  }
  writeFileSync(join(dir, "case.json"), `${JSON.stringify({ ...written, exchanges }, null, 2)}\n`);
  return readFixture(dir, options.name);
}

function writeExchange(dir: string, one: Taken, mode: Mode, both: boolean, index: number, date: string): Exchange {
  const stem = `${both ? `${mode}-` : ""}${index + 1}`;
  const type = one.headers["content-type"] ?? "";
  const responseFile = `${stem}.response.${type.includes("event-stream") ? "sse" : type.includes("json") ? "json" : "txt"}`;
  writeFileSync(join(dir, responseFile), one.body);
  const requestFile = `${stem}.request.json`;
  if (one.sent !== undefined) writeFileSync(join(dir, requestFile), one.sent);
  return {
    ...(both ? { for: mode } : {}),
    request: { method: one.method, url: one.url, ...(one.sent === undefined ? {} : { bodyFile: requestFile }) },
    response: { status: one.status, headers: one.headers, bodyFile: responseFile },
    provenance: { kind: "recorded", source: `${one.method} ${one.url}`, date, sha256: exchangeHash(one) },
  };
}

/** What names an account, by the fields and prefixes that vendors use. */
const ACCOUNT: readonly RegExp[] = [
  /\b(?:org|user|proj|acct|team|project|wrkspc)[-_][A-Za-z0-9]{8,}\b/g,
  /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
  /(?<="(?:user_id|organization_id|organization|account_id|project_id|email)"\s*:\s*")[^"]+(?=")/g,
];

/** Takes secrets and accounts out of a text; the same thing is replaced by the same word, so that what belonged together still does. */
export function cleaner(secrets: readonly (string | undefined)[]): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    let clean = text;
    for (const secret of secrets) if (secret !== undefined && secret.length > 3) clean = clean.replaceAll(secret, "scrubbed-secret");
    for (const pattern of ACCOUNT)
      clean = clean.replace(pattern, (found) => {
        if (found.startsWith("scrubbed-")) return found;
        const known = names.get(found) ?? `scrubbed-account-${names.size + 1}`;
        names.set(found, known);
        return known;
      });
    return clean;
  };
}

/** Bytes that are no UTF-8 stay as they are: nothing in them can be read, so nothing is taken out, and the secret scan of the suite still looks at them. */
function cleanBytes(bytes: Uint8Array<ArrayBuffer>, clean: (text: string) => string): Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
  const cleaned = clean(text);
  return cleaned === text ? bytes : new TextEncoder().encode(cleaned);
}
