/**
 * Replays a folder of third-party recordings through the complete pipeline of each provider: a socket, three packet sizes, transport, framing, reader and response
 * builder. A recording fails if its result depends on the packet size, if reading it crashes, or if it ends in an untyped error.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { serviceAccount } from "@lumiverse/conformance/internals";
import { type Connection, connect } from "@lumiverse/core";
import {
  type ChatRequest,
  type ChatResponse,
  type Evidence,
  isLumiverseError,
  type LumiverseError,
  type Operations,
  type Usage,
} from "@lumiverse/core/provider";
import { type AnswerServer, type Served, serveAnswers } from "./packet-server.ts";
import { createReaders, type Readers, type Reading, type Recording } from "./readers.ts";
import { framesOf, isIgnored, trackReads, withoutEqualEvents } from "./unread.ts";

/** The result for one recording. */
export interface CorpusRow {
  /** Path of the recording, relative to the folder. */
  file: string;
  provider: string;
  /** True if reading did not crash, ended in no untyped error, did not depend on the packet size, and recognised a recorded refusal. */
  ok: boolean;
  /** The error code, if the answer was an error. */
  error: string | null;
  response: {
    text: string;
    reasoning: string;
    toolCalls: { name: string; input: unknown }[];
    finishReason: string;
    usage: Usage;
  } | null;
  /** Event types, field paths and values that the library did not read. */
  unread: string[];
  /** The problem, if `ok` is false. */
  problem?: string;
  /** How the recording was read, if not by the provider's own pipeline. */
  by?: string;
  /** The capabilities that the recording shows, for the evidence. */
  shows?: string[];
  sha256?: string;
  date?: string;
}

/** Options of `replayCorpus`. */
export interface CorpusOptions {
  readers?: Readers;
  /** Packet sizes in bytes. Default 7, 1021 and all at once. */
  sizes?: readonly number[];
  /** Recordings read at the same time. Default 8. */
  concurrency?: number;
}

/** 7 splits UTF-8 sequences and JSON tokens. 1021 is a prime close to the size of a network packet. */
const SIZES: readonly number[] = [7, 1021, Number.POSITIVE_INFINITY];
/** Error codes that a recorded answer with a status below 400 cannot cause. */
const CALLER_CODES: ReadonlySet<string> = new Set(["configuration", "unsupported", "network", "timeout", "aborted"]);
const KEY = "corpus-key-0000000000";

/** Reads every recording of a folder. Returns one row per recording, sorted by file. */
export async function replayCorpus(folder: string, options: CorpusOptions = {}): Promise<CorpusRow[]> {
  const files = recordingsIn(folder);
  const readers = options.readers ?? createReaders();
  const server = await serveAnswers();
  const rows: CorpusRow[] = new Array(files.length);
  const later: (() => Promise<void>)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      const path = files[i] ?? "";
      const bytes = readFileSync(path);
      const recording = JSON.parse(bytes.toString("utf8")) as Recording; // the recordings' format; a broken file becomes a problem of its row
      const row = rowOf(relative(folder, path), bytes, recording);
      rows[i] = row;
      const reading = await readers.reading(recording, modelOf(recording));
      if (reading === undefined) {
        row.by = "not read: no package for it";
        continue;
      }
      const replay: Replay = { row, reading, recording, server, sizes: options.sizes ?? SIZES };
      if (reading.protocolId === "") await readOperation(replay);
      else if (await readChat(replay)) later.push(() => readUnread(row, reading, recording));
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency ?? 8 }, work));
    // One after the other, because tracking replaces the global `JSON.parse`.
    for (const track of later) await track();
  } finally {
    await server.close();
  }
  return rows;
}

/** The row of a recording before it is read. */
function rowOf(file: string, bytes: Buffer, recording: Recording): CorpusRow {
  const date = recording.response.headers?.["date"];
  return {
    file,
    provider: recording.provider,
    ok: true,
    error: null,
    response: null,
    unread: [],
    sha256: createHash("sha256").update(bytes).digest("hex"),
    ...(date === undefined || Number.isNaN(Date.parse(date)) ? {} : { date: new Date(date).toISOString().slice(0, 10) }),
  };
}

/** All `.json` files below a folder except those whose names begin with `_`, sorted. */
export function recordingsIn(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile() && entry.name.endsWith(".json") && !entry.name.startsWith("_")) found.push(join(entry.parentPath, entry.name));
  return found.sort();
}

type Outcome =
  | { kind: "response"; response: ChatResponse; trace: string }
  | { kind: "error"; error: LumiverseError; trace: string }
  | { kind: "crash"; trace: string };

/** A recording, what reads it, and the row that takes the result. */
interface Replay {
  row: CorpusRow;
  reading: Reading;
  recording: Recording;
  server: AnswerServer;
  sizes: readonly number[];
}

/** Reads a chat at every packet size. Returns true if it was read, so that its unread fields can be determined. */
async function readChat({ row, reading, recording, server, sizes }: Replay): Promise<boolean> {
  if (reading.by !== undefined) row.by = reading.by;
  let first: Outcome | undefined;
  for (const size of sizes) {
    const outcome = await call(reading, recording, server.answering(served(recording), size));
    if (outcome.kind === "crash") return fail(row, `untyped error with packets of ${size} bytes: ${outcome.trace}`);
    if (first === undefined) first = outcome;
    else if (outcome.trace !== first.trace)
      return fail(row, `packets of ${sizes[0]} and of ${size} bytes differ: ${difference(first.trace, outcome.trace)}`);
  }
  if (first?.kind === "error") {
    row.error = first.error.code;
    if (recording.response.status < 400 && CALLER_CODES.has(first.error.code))
      return fail(row, `the recording does not explain the error ${first.error.code}: ${first.error.message.slice(0, 200)}`);
  }
  if (first?.kind === "response") {
    if (recording.response.status >= 400)
      return fail(row, `the recording is a refusal (${recording.response.status}), but the library read an answer`);
    row.response = summary(first.response);
    row.shows = shownBy(first.response, recording);
  }
  return true;
}

async function call(reading: Reading, recording: Recording, answer: typeof fetch): Promise<Outcome> {
  const trace: unknown[] = [];
  try {
    const connection = open(reading, answer);
    const request: ChatRequest = { model: modelOf(recording), messages: [{ role: "user", content: "?" }] };
    let response: ChatResponse;
    if (recording.streaming) {
      const stream = connection.stream(request);
      for await (const event of stream) trace.push(event);
      response = await stream.response();
    } else response = await connection.generate(request);
    const { transport: _times, attempts: _urls, rateLimit: _raw, ...rest } = response;
    return { kind: "response", response, trace: JSON.stringify([...trace, rest]) };
  } catch (error) {
    if (!isLumiverseError(error)) return { kind: "crash", trace: stackOf(error) };
    // Core wraps a crash of a reader in a typed error with this message. Here it still counts as a crash.
    if (/could not be read: /.test(error.message)) return { kind: "crash", trace: stackOf(error.cause ?? error) };
    const { code, status, vendorCode, message, retryable, partial } = error;
    const kept =
      partial === undefined
        ? undefined
        : { text: partial.text, reasoning: partial.reasoning, toolCalls: partial.toolCalls, usage: partial.usage };
    return { kind: "error", error, trace: JSON.stringify([...trace, { code, status, vendorCode, message, retryable, kept }]) };
  }
}

/** A connection to the provider of a recording, whose requests `answer` answers. */
export function open(reading: Reading, answer: typeof fetch): Connection {
  const signed = reading.provider.credential.kind === "service-account";
  const token = new TextEncoder().encode(JSON.stringify({ access_token: "corpus-token-0000", expires_in: 3600, token_type: "Bearer" }));
  return connect(reading.provider, {
    apiKey: signed ? serviceAccount() : KEY,
    retry: false,
    fetch: (input, init) => (signed && /\/token$/.test(String(input)) ? Promise.resolve(new Response(token)) : answer(input, init)),
    ...(reading.settings === undefined ? {} : { settings: reading.settings }),
    ...(reading.provider.base === undefined ? { baseURL: "https://corpus.invalid/v1" } : {}),
  });
}

/** Reads a recording with the operation that it fits. All others are only listed. */
async function readOperation({ row, reading, recording, server, sizes }: Replay): Promise<void> {
  const name = operationOf(recording, await reading.provider.operations());
  if (name === undefined) {
    row.by = "not read: no operation of the library makes such a request";
    return;
  }
  let first: string | undefined;
  for (const size of sizes) {
    const outcome = await callOperation(name, open(reading, server.answering(served(recording), size)), recording);
    if (outcome.kind === "crash") return void fail(row, `${name}: untyped error: ${outcome.trace}`);
    row.error = outcome.error ?? row.error;
    first ??= outcome.trace;
    if (first !== outcome.trace)
      return void fail(row, `${name}: packets of ${sizes[0]} and of ${size} bytes differ: ${difference(first, outcome.trace)}`);
  }
  row.by = `by the operation ${name}`;
  if (recording.response.status >= 400 && row.error === null)
    fail(row, `the recording is a refusal (${recording.response.status}), but ${name} did not notice it: ${first?.slice(0, 120)}`);
}

type OperationName = "check" | "models" | "account" | "countTokens";

/** The operation that makes a request such as the recorded one. */
function operationOf({ request, kind, endpoint }: Recording, operations: Operations): OperationName | undefined {
  const url = request?.url ?? "";
  if (/countTokens|count_tokens|input_tokens/.test(url) && operations.countTokens !== undefined) return "countTokens";
  const isModelList = (kind === "models" || endpoint === "models") && /\/models(?:\?|$)/.test(url);
  if (isModelList && operations.models !== undefined) return kind === "error" ? "check" : "models";
  return /balance|user\/info|credits|usage$/.test(url) && operations.account !== undefined ? "account" : undefined;
}

type OperationOutcome = { kind: "read"; trace: string; error?: string } | { kind: "crash"; trace: string };

async function callOperation(name: OperationName, connection: Connection, recording: Recording): Promise<OperationOutcome> {
  try {
    const value =
      name === "countTokens"
        ? await connection.countTokens({ model: modelOf(recording), messages: [{ role: "user", content: "?" }] })
        : await connection[name]();
    const isInvalidKey = name === "check" && typeof value === "object" && "key" in value && value.key === "invalid";
    return { kind: "read", trace: JSON.stringify(value), ...(isInvalidKey ? { error: "authentication" } : {}) };
  } catch (error) {
    if (!isLumiverseError(error) || /could not be read: /.test(error.message)) return { kind: "crash", trace: stackOf(error) };
    return { kind: "read", trace: `${error.code} ${error.message}`, error: error.code };
  }
}

/** Reads the answer once more, from memory, and lists the fields that were not read. */
async function readUnread(row: CorpusRow, reading: Reading, recording: Recording): Promise<void> {
  const { status, headers } = served(recording);
  const body = withoutEqualEvents(recording.response.body);
  const memory: typeof fetch = () => Promise.resolve(new Response(body, { status, headers }));
  const tracker = trackReads(framesOf(recording.response.body));
  try {
    // Making the trace reads the whole response, so values that are kept for replay count as read.
    const outcome = await call(reading, recording, memory);
    // Only answers have fields that must be read.
    if (outcome.kind === "response") row.unread = tracker.unread().filter((path) => !isIgnored(path, reading.ignored));
    const notes = outcome.kind === "response" ? outcome.response.notes : [];
    for (const note of notes)
      if (note.kind === "unknown") row.unread.push(note.field === undefined ? note.message : `${note.field}: ${note.message}`);
  } finally {
    tracker.restore();
  }
}

const FRAMING: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "content-encoding",
  "connection",
  "keep-alive",
  "location",
]);
/** The recorded answer, without headers about its framing. */
export function served(recording: Recording): Served {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(recording.response.headers ?? {}))
    if (!FRAMING.has(name.toLowerCase()) && /^[\x20-\x7e]*$/.test(String(value))) headers[name] = String(value);
  return { status: recording.response.status, headers, body: new TextEncoder().encode(recording.response.body) };
}

/** The model that a recording asks for. */
export function modelOf(recording: Recording): string {
  const asked = recording.request?.body?.["model"];
  if (typeof asked === "string" && asked !== "") return asked;
  const path = /\/models\/([^:/?]+)/.exec(recording.request?.url ?? "")?.[1];
  return path ?? /"model"\s*:\s*"([^"]+)"/.exec(recording.response.body)?.[1] ?? "unknown-model";
}

function summary(response: ChatResponse): CorpusRow["response"] {
  const { text, reasoning, finishReason, usage } = response;
  return {
    text,
    reasoning,
    toolCalls: response.toolCalls.map((call) => ({ name: call.name, input: call.inputError === undefined ? call.input : call.arguments })),
    finishReason,
    usage,
  };
}

/** The capabilities that an exchange shows, for evidence of kind `replayed`. */
function shownBy(response: ChatResponse, recording: Recording): string[] {
  const asked = JSON.stringify(recording.request?.body ?? {});
  const shown: string[] = [];
  if (recording.streaming) shown.push("streaming");
  if (response.toolCalls.length > 0) shown.push("tools");
  if (response.reasoning !== "") shown.push("reasoning", "reasoning.visible");
  if ((response.usage.reasoning ?? 0) > 0 && response.reasoning === "") shown.push("reasoning");
  if (response.sources.length > 0) shown.push("sources");
  if ((response.usage.cacheRead ?? 0) > 0) shown.push(/cache_control/.test(asked) ? "cache.explicit" : "cache.implicit");
  if (/"image_url"|"input_image"|"type":"image"|"mimeType":"image|"mime_type":"image/.test(asked)) shown.push("input.image");
  if (/"input_audio"|"mimeType":"audio|"mime_type":"audio/.test(asked)) shown.push("input.audio");
  if (/"input_file"|"type":"document"|"type":"file"|application\/pdf/.test(asked)) shown.push("input.file");
  if (/json_schema|responseSchema|responseJsonSchema/.test(asked)) shown.push("output.schema");
  else if (/json_object/.test(asked)) shown.push("output.json");
  return shown;
}

/**
 * Evidence of kind `replayed`, by provider and capability: names, hashes and dates of recordings, but none of their content. The date is that of the recorded
 * answer, if it has one.
 */
export function replayedEvidence(rows: readonly CorpusRow[]): Record<string, Record<string, Evidence[]>> {
  const all: Record<string, Record<string, Evidence[]>> = {};
  for (const row of rows) {
    if (!row.ok || row.by !== undefined || row.response === null || row.sha256 === undefined) continue;
    const id = row.provider === "vertex" ? "google-vertex" : row.provider;
    all[id] ??= {};
    const own = all[id];
    for (const capability of row.shows ?? []) {
      own[capability] ??= [];
      // Five recordings per capability are enough.
      if (own[capability].length < 5)
        own[capability].push({
          kind: "replayed",
          source: row.file,
          ...(row.date === undefined ? {} : { date: row.date }),
          sha256: row.sha256,
        });
    }
  }
  return all;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 3).join(" ") : String(error);
}
function fail(row: CorpusRow, problem: string): false {
  row.ok = false;
  row.problem = problem;
  return false;
}
function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 30);
  return `…${a.slice(from, at + 60)}… / …${b.slice(from, at + 60)}…`;
}
