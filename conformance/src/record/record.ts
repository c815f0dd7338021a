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
import { commonParts, comparableAnswer } from "../play/agreement.ts";
import { sentRequest } from "../play/memory-fetch.ts";
import { type Mode, play } from "../play/play.ts";
import { testedSubject } from "../play/subject.ts";
import { expectation } from "./write-expected.ts";

/** What to record. */
export interface RecordOptions {
  /** Folder of all cases. The new case becomes a folder in it. */
  fixtures: URL | string;
  /** Name of the case: lower-case words with hyphens. */
  name: string;
  title: string;
  claims: readonly Capability[];
  gotcha?: string;
  /** The chat to record, or the request to count for `countTokens`. */
  request?: Omit<ChatRequest, "signal">;
  /** The messages of further turns. */
  turns?: readonly (readonly Message[])[];
  operation?: Case["operation"];
  /** The model of the case. Required if there is no request. */
  model?: string;
  /** Default `both` for chats. */
  streaming?: boolean | "both";
  apiKey?: string;
  baseURL?: string;
  settings?: JsonObject;
  /** Used instead of the global fetch. */
  fetch?: typeof fetch;
  /** More strings to remove: account names, organisations. */
  secrets?: readonly string[];
}
/** A fetch that records its exchanges. */
export interface Recorder {
  fetch: typeof fetch;
  /** The recorded exchanges. Resolves when every answer has been read to its end. */
  taken(): Promise<Taken[]>;
}
/** A recorded exchange without secrets. */
export interface Taken {
  method: "GET" | "POST" | "DELETE";
  url: string;
  sent: string | undefined;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** The response headers to keep: they describe the API and not the account. */
const KEPT = /^(?:content-type|retry-after|retry-after-ms|x-ratelimit-.*|anthropic-ratelimit-.*|x-should-retry)$/;

/** Makes a fetch that records. `clean` removes secrets from a text. */
export function recorder(inner: typeof fetch, clean: (text: string) => string): Recorder {
  const taken: Promise<Taken>[] = [];
  return {
    taken: () => Promise.all(taken),
    async fetch(input, init) {
      const sent = sentRequest(input, init);
      const response = await inner(input, init);
      const [theirs, ours] = response.body === null ? [null, null] : response.body.tee();
      const headers: Record<string, string> = {};
      response.headers.forEach((value, name) => {
        if (KEPT.test(name)) headers[name] = clean(value);
      });
      const body = new Response(ours).arrayBuffer();
      taken.push(
        body.then((bytes) => ({
          method: sent.method as Taken["method"], // core sends only these methods
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

/**
 * Makes the calls and writes the case. Returns it as the suite reads it. A model rarely gives the same answer twice: if the streamed and the unstreamed answer
 * differ, they become two cases, the second named `<name>-unstreamed`. If they are equal, the case expects what both have in common, so no id.
 * @throws LumiverseError `configuration` if no model is named
 */
export async function record(provider: Provider, options: RecordOptions): Promise<Fixture> {
  const model = options.request?.model ?? options.model;
  if (model === undefined)
    throw new LumiverseError({ code: "configuration", message: "record: set `model`, or name the model in the request" });
  const streaming = options.operation === undefined ? (options.streaming ?? "both") : false;
  const draft = draftOf(options, model, streaming);
  const clean = cleaner([options.apiKey, ...(options.secrets ?? [])]);
  const modes: Mode[] = streaming === "both" ? ["stream", "generate"] : streaming ? ["stream"] : ["generate"];
  const capabilities: Take[] = [];
  for (const mode of modes) capabilities.push(await take(provider, draft, mode, options, clean));
  const [first, second] = capabilities;
  if (first === undefined) throw new TypeError("a case has at least one call");
  const root = typeof options.fixtures === "string" ? options.fixtures : fileURLToPath(options.fixtures);
  if (second === undefined) return writeCase(root, options.name, draft, [first]);
  if (first.gist === second.gist) return writeCase(root, options.name, draft, [first, second]);
  writeCase(
    root,
    `${options.name}-unstreamed`,
    { ...draft, streaming: false, claims: draft.claims.filter((claim) => claim !== "streaming") },
    [second],
  );
  return writeCase(root, options.name, { ...draft, streaming: true }, [first]);
}

/** One recorded call. */
interface Take {
  mode: Mode;
  taken: readonly Taken[];
  /** The expectation of each turn. */
  expected: readonly Expect[];
  gist: string;
}

async function take(provider: Provider, draft: Case, mode: Mode, options: RecordOptions, clean: (text: string) => string): Promise<Take> {
  const tape = recorder(options.fetch ?? fetch, clean);
  const extra: ConnectOptions = { fetch: tape.fetch, retry: false, ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }) };
  const fixture = { name: options.name, dir: "", case: { ...draft, streaming: mode === "stream" }, exchanges: [] };
  const turns = await play(testedSubject(provider), fixture, mode, extra);
  return {
    mode,
    taken: await tape.taken(),
    expected: turns.map((turn) => JSON.parse(clean(JSON.stringify(expectation({}, turn, mode)))) as Expect), // the JSON of an Expect
    gist: turns.map(comparableAnswer).join("\n"),
  };
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

function writeCase(root: string, name: string, draft: Case, capabilities: readonly Take[]): Fixture {
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const exchanges = capabilities.flatMap(({ mode, taken }) =>
    taken.map((one, i) => writeExchange(dir, one, mode, capabilities.length > 1, i, date)),
  );
  const [first, second] = capabilities;
  const expected = (i: number): Expect => {
    const [own, other] = [first?.expected[i] ?? {}, second?.expected[i]];
    return own.response === undefined || other === undefined
      ? own
      : { ...own, response: commonParts(own.response, other.response) as JsonObject }; // the common part of two objects is an object
  };
  const turns = draft.turns?.map((turn, i) => ({ ...turn, expect: expected(i + 1) }));
  const one: Case = { ...draft, expect: expected(0), ...(turns === undefined ? {} : { turns }), exchanges };
  writeFileSync(join(dir, "case.json"), `${JSON.stringify(one, null, 2)}\n`);
  listScenario(root, name);
  return readFixture(dir, name);
}

/** Adds a name to the list of scenarios. Names are never removed, so that the suite notices a deleted case. */
function listScenario(root: string, name: string): void {
  const path = join(root, SCENARIO_LIST);
  const listed: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  const names = Array.isArray(listed) ? listed : [];
  if (!names.includes(name)) writeFileSync(path, `${JSON.stringify([...names, name].sort(), null, 2)}\n`);
}

function writeExchange(dir: string, one: Taken, mode: Mode, both: boolean, index: number, date: string): HttpExchange {
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
    provenance: {
      kind: "recorded",
      source: `${one.method} ${one.url}`,
      date,
      sha256: exchangeHash({ ...one, statedHeaders: one.headers }),
    },
  };
}

/** Patterns of account names: prefixes and fields that vendors use. */
const ACCOUNT: readonly RegExp[] = [
  /\b(?:org|user|proj|acct|team|project|wrkspc)[-_][A-Za-z0-9]{8,}\b/g,
  /[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
  /(?<="(?:user_id|organization_id|organization|account_id|project_id|email)"\s*:\s*")[^"]+(?=")/g,
];

/** Removes secrets and account names from texts. Equal names get equal replacements. */
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

/** Cleans a body. A body that is not UTF-8 stays unchanged; the suite's search for secrets still covers it. */
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
