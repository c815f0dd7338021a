/**
 * Fixture format v1. A case is one folder: `case.json` says what a caller asks and what must come of it, `exchanges` what goes over the wire, and
 * bodies lie beside it as raw files, so that how they are cut into packets is the suite's choice. Read synchronously: runners collect tests that way.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Capability,
  type ChatEvent,
  type ChatRequest,
  type ConnectOptions,
  type JsonObject,
  LumiverseError,
  type Message,
  type Note,
} from "@lumiverse/core";
import { caseSchema, faultsOf } from "./schema.ts";

export interface Case {
  version: 1;
  /** A sentence about behaviour. */
  title: string;
  /** What this case shows; the suite checks that it does (claims.ts). */
  claims: readonly Capability[];
  /** The oddity of the host that this case pins down. */
  gotcha?: string;
  model: string;
  settings?: JsonObject;
  options?: Pick<ConnectOptions, "unsupported" | "prefill" | "replayScope" | "headers"> & {
    baseURL?: string;
    retry?: { attempts?: number; budgetMs?: number };
  };
  /** Which planted key the call is made with. Default `canary`. */
  apiKey?: "canary" | "none" | "service-account" | { exchanged: string };
  /** An operation in place of a chat. */
  operation?: "check" | "models" | "account" | "countTokens" | "probe";
  /** The request without `model`. */
  request?: Omit<ChatRequest, "model" | "signal">;
  /** Further turns: each appends the last answer's message, then its own, and calls again. */
  turns?: readonly { messages: readonly Message[]; expect: Expect }[];
  streaming: boolean | "both";
  expect: Expect;
  exchanges: readonly Exchange[];
  /** Strings that look like secrets and are none, each with the reason. */
  harmless?: Readonly<Record<string, string>>;
}

export interface Expect {
  /** Every event of the stream, exactly and in order. */
  events?: readonly ChatEvent[];
  /** A part of the response: what is named must be equal, arrays in full length. */
  response?: JsonObject;
  error?: {
    code: string;
    status?: number;
    vendorCode?: string;
    retryable?: boolean;
    retryAfterMs?: number;
    field?: string;
    /** A piece of it. */
    message?: string;
    /** A piece of it. */
    hint?: string;
    /** A piece of it: the model's text that its vendor rejected. */
    generation?: string;
    partial?: JsonObject;
  };
  /** All notes, by kind and field, in any order. */
  notes?: readonly Pick<Note, "kind" | "field">[];
  /** What matters about the request body, by JSON pointer: a reason for the golden file to be as it is. */
  sent?: { has?: JsonObject; lacks?: readonly string[] };
  /** What an operation returns. */
  value?: unknown;
}

export interface Exchange {
  /** Where streaming is `both`: which of the two calls it belongs to. Default: either. */
  for?: "stream" | "generate";
  request: {
    method: "GET" | "POST" | "DELETE";
    url: string;
    headers?: Readonly<Record<string, string>>;
    body?: unknown;
    bodyFile?: string;
    /** `url`: the body differs from call to call (a signed assertion). Default `raw`: text for text, key order included. */
    match?: "raw" | "url";
  };
  response: { status: number; headers?: Readonly<Record<string, string>>; body?: unknown; bodyFile?: string };
  provenance: Provenance;
}

/**
 * Where a fixture's bytes come from. `recorded`: from the wire, by the recorder, with a hash. `derived`: written anew after a named real exchange, whose
 * field names, order, framing and event sequence it keeps and whose texts, ids and numbers it does not. `documented`: after the vendor's page.
 */
export interface Provenance {
  kind: "recorded" | "derived" | "documented";
  /** recorded: the endpoint; derived: the exchange's name; documented: the page's URL. */
  source: string;
  /** ISO date. */
  date: string;
  /** For `recorded`: `exchangeHash` of what was recorded. A checksum against editing by hand, not a proof of origin. */
  sha256?: string;
}

/** A case with its bodies read. */
export interface Fixture {
  /** The folder's name. */
  name: string;
  /** The folder. */
  dir: string;
  case: Case;
  exchanges: readonly LoadedExchange[];
}
export interface LoadedExchange {
  for: "stream" | "generate" | undefined;
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  /** Raw text of the request body; undefined: there is none, or it is not compared. */
  sent: string | undefined;
  status: number;
  /** As the case states them, and with a content type. */
  responseHeaders: Readonly<Record<string, string>>;
  /** As the case states them. */
  statedHeaders: Readonly<Record<string, string>>;
  body: Uint8Array<ArrayBuffer>;
  provenance: Provenance;
}

/** Which scenarios exist, in `fixtures/scenarios.json`: a list of folder names. A folder that vanishes is seen. */
export const SCENARIO_LIST = "scenarios.json";

/** Reads all cases of a folder, by name. Throws `configuration` with every fault of the first malformed case. */
export function readFixtures(folder: URL | string): Fixture[] {
  const root = typeof folder === "string" ? folder : fileURLToPath(folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => readFixture(join(root, name), name));
}

export function readFixture(dir: string, name: string): Fixture {
  const path = join(dir, "case.json");
  const one = parseCase(readText(path, name), name);
  const read = (file: string): Uint8Array<ArrayBuffer> => {
    const whole = join(dir, file);
    if (!existsSync(whole)) throw malformed(name, [`${file} is named in case.json and is not there`]);
    return new Uint8Array(readFileSync(whole));
  };
  return { name, dir, case: one, exchanges: one.exchanges.map((exchange) => load(exchange, read)) };
}

/** Parses the text of a case.json, or throws `configuration` naming the case and every fault. */
export function parseCase(json: string, name: string): Case {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw malformed(name, [`case.json is no JSON: ${error instanceof Error ? error.message : String(error)}`], error);
  }
  const faults = faultsOf(caseSchema, value);
  if (faults.length > 0) throw malformed(name, faults);
  const one = value as Case; // the schema has just been checked
  const more = contradictions(one);
  if (more.length > 0) throw malformed(name, more);
  return one;
}

/** What a schema can't say about a case. */
function contradictions(one: Case): string[] {
  const faults: string[] = [];
  if ((one.request === undefined) === (one.operation === undefined) && one.operation !== "countTokens")
    faults.push("a case has a request or an operation (countTokens has both)");
  if (one.operation === "countTokens" && one.request === undefined) faults.push("countTokens needs the request that it counts");
  if (one.operation !== undefined && one.turns !== undefined) faults.push("an operation has no turns");
  const { events, response, error, value, notes } = one.expect;
  if (events === undefined && response === undefined && error === undefined && value === undefined && notes === undefined)
    faults.push("expect is empty: it must say events, response, error, notes or value");
  if (events !== undefined && one.streaming === false) faults.push("expect.events needs streaming");
  for (const [i, exchange] of one.exchanges.entries()) {
    const at = `/exchanges/${i}`;
    if (exchange.request.body !== undefined && exchange.request.bodyFile !== undefined)
      faults.push(`${at}/request: body or bodyFile, not both`);
    if (exchange.response.body !== undefined && exchange.response.bodyFile !== undefined)
      faults.push(`${at}/response: body or bodyFile, not both`);
    if (exchange.provenance.kind === "recorded" && exchange.provenance.sha256 === undefined)
      faults.push(`${at}/provenance: recorded needs sha256`);
    if (exchange.provenance.kind === "documented" && !/^https:\/\//.test(exchange.provenance.source))
      faults.push(`${at}/provenance: documented needs the page's URL as source`);
    for (const header of Object.keys(exchange.request.headers ?? {}))
      if (/^(?:authorization|cookie|.*api-?key.*|.*token)$/i.test(header))
        faults.push(`${at}/request/headers: ${header} carries a credential`);
    if (exchange.for !== undefined && one.streaming !== "both") faults.push(`${at}: for is only of use where streaming is both`);
  }
  return faults;
}

/** SHA-256 over everything of an exchange that came from the wire, the headers of the answer included. */
export function exchangeHash(exchange: Pick<LoadedExchange, "method" | "url" | "sent" | "status" | "statedHeaders" | "body">): string {
  const headers = Object.entries(exchange.statedHeaders)
    .map(([name, value]) => `${name.toLowerCase()}: ${value}\n`)
    .sort();
  return createHash("sha256")
    .update(`${exchange.method} ${exchange.url}\n${exchange.sent ?? ""}\n${exchange.status}\n${headers.join("")}\n`)
    .update(exchange.body)
    .digest("hex");
}

/** The exchanges of one call of a case, in order. */
export function exchangesFor(fixture: Fixture, mode: "stream" | "generate"): LoadedExchange[] {
  return fixture.exchanges.filter((exchange) => exchange.for === undefined || exchange.for === mode);
}

/** The calls that a case is made of. */
export function modesOf(fixture: Fixture): ("stream" | "generate")[] {
  if (fixture.case.operation !== undefined) return ["generate"];
  if (fixture.case.streaming === "both") return ["stream", "generate"];
  return fixture.case.streaming ? ["stream"] : ["generate"];
}

function load(exchange: Exchange, read: (file: string) => Uint8Array<ArrayBuffer>): LoadedExchange {
  const { request, response } = exchange;
  const body = response.bodyFile !== undefined ? read(response.bodyFile) : encode(bodyText(response.body) ?? "");
  const sent =
    request.match === "url" ? undefined : request.bodyFile !== undefined ? decode(read(request.bodyFile)) : bodyText(request.body);
  const first = body.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  const sniffed = first === 0x7b || first === 0x5b ? "application/json" : "text/event-stream";
  return {
    for: exchange.for,
    method: request.method,
    url: request.url,
    headers: request.headers ?? {},
    sent,
    status: response.status,
    statedHeaders: response.headers ?? {},
    responseHeaders: response.headers?.["content-type"] === undefined ? { "content-type": sniffed, ...response.headers } : response.headers,
    body,
    provenance: exchange.provenance,
  };
}
function bodyText(body: unknown): string | undefined {
  return body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
}
function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
function readText(path: string, name: string): string {
  if (!existsSync(path)) throw malformed(name, ["there is no case.json in this folder"]);
  return readFileSync(path, "utf8");
}
function malformed(name: string, faults: readonly string[], cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    message: `fixtures/${name}: ${faults.join("; ")}`,
    field: name,
    hint: "the format is described by caseSchema of @lumiverse/conformance",
    cause,
  });
}
