import { LumiverseError } from "@lumiverse/core";
import { ownValue } from "@lumiverse/core/provider";

/** Undoes one `Content-Encoding`. */
export type Decoder = (body: ReadableStream<Uint8Array<ArrayBuffer>>) => ReadableStream<Uint8Array>;

export interface BodyOptions {
  /** Bytes after decoding, at most. */
  limit: number;
  /** By name of the encoding. */
  decoders: Readonly<Record<string, Decoder>>;
  decoded: DecodedBytes;
}

/** How many times the limit of one body the compressed bodies of one key may hold together while they are read. */
const BODIES_AT_ONCE = 8;

/**
 * Counts what compressed bodies hold while they are read, for each key. Some kilobytes grow to the limit of a body, and a key's rate limits count calls whose body was
 * read. Without this bound, a hundred such requests at once would take gigabytes.
 */
export class DecodedBytes {
  readonly #held = new Map<string | undefined, number>();

  /** @param key The id of the key. Absent: all clients without one. @param change Bytes that were decoded, or that are released. @returns Bytes of the key */
  change(key: string | undefined, change: number): number {
    const held = (this.#held.get(key) ?? 0) + change;
    if (held > 0) this.#held.set(key, held);
    else this.#held.delete(key);
    return held;
  }
}

/** Encodings that every runtime decodes. */
export const WEB_DECODERS: Readonly<Record<string, Decoder>> = {
  gzip: (body) => body.pipeThrough(new DecompressionStream("gzip")),
  "x-gzip": (body) => body.pipeThrough(new DecompressionStream("gzip")),
  deflate: (body) => body.pipeThrough(new DecompressionStream("deflate")),
};

/** A body that was read. */
export interface JsonBody {
  value: unknown;
  /** Each step of work on it can take a tenth of a second. */
  isLong: boolean;
}

/** Characters above which a body is long. */
const LONG = 1_000_000;

/**
 * Reads a JSON body, decoded and counted, so that a small body that expands to a large one ends as early as a large one.
 * @param key The id of the client's key
 * @throws LumiverseError `invalid-request` with the status 400, 413 (too large, or more than a million values) or 415 (unknown encoding); `rate-limit` when the
 * compressed bodies of the key hold too much
 */
export async function readJson(request: Request, key: string | undefined, options: BodyOptions): Promise<JsonBody> {
  const text = await readText(request, key, options);
  if (hasTooManyValues(text)) throw badBody(413, `the body has more than ${MOST_VALUES} values`);
  try {
    return { value: JSON.parse(text), isLong: text.length > LONG };
  } catch (cause) {
    // The message of the parser would quote the body.
    throw badBody(400, "the body is not valid JSON", cause);
  }
}

/** Values of JSON in a body. Long bodies hold media, which are few and long; millions of values take seconds and a gigabyte to parse. */
const MOST_VALUES = 1_000_000;

function hasTooManyValues(text: string): boolean {
  // Each value takes at least one character and a comma or a bracket.
  if (text.length < 2 * MOST_VALUES) return false;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfText(text, i);
        break;
      case COMMA:
      case LIST:
      case OBJECT:
        if (++values > MOST_VALUES) return true;
    }
  }
  return false;
}

const [QUOTE, COMMA, LIST, OBJECT] = [0x22, 0x2c, 0x5b, 0x7b];

/** The position of the quote that ends the text which begins at a position. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    if (end < 0) return json.length;
    let escapes = 0;
    while (json[end - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return end;
  }
}

async function readText(request: Request, key: string | undefined, { limit, decoders, decoded: counts }: BodyOptions): Promise<string> {
  const stated = Number(request.headers.get("content-length") ?? 0);
  if (stated > limit) throw tooLarge(limit);
  const encodings = (request.headers.get("content-encoding") ?? "identity")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "identity" && name !== "");
  // A stated length is the sent length: a body that is not compressed and not long needs no counting.
  if (encodings.length === 0 && request.headers.has("content-length"))
    return request.text().catch((cause: unknown) => {
      throw badBody(400, "the body ended early", cause);
    });
  const { body } = request;
  if (body === null) throw badBody(400, "the body is missing");
  if (encodings.length > 1) throw badBody(415, "the body is encoded more than once");
  const [name] = encodings;
  if (name === undefined) return readWithin(body, limit);
  const decoder = ownValue(decoders, name);
  if (decoder === undefined)
    throw badBody(
      415,
      `the encoding "${name.slice(0, 20).replace(/[^a-z0-9-]/g, "?")}" is not supported (${Object.keys(decoders).join(", ")})`,
    );
  let own = 0;
  try {
    return await readWithin(decoder(body), limit, (bytes) => {
      own += bytes;
      if (counts.change(key, bytes) > BODIES_AT_ONCE * limit) throw tooManyBodies();
    });
  } finally {
    counts.change(key, -own);
  }
}

/** @param onBytes Called with the bytes of each piece. What it throws ends the reading */
async function readWithin(body: ReadableStream<Uint8Array>, limit: number, onBytes: (bytes: number) => void = () => {}): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let size = 0;
  let text = "";
  try {
    for (;;) {
      const step = await reader.read().catch((cause: unknown) => {
        throw badBody(400, "the body cannot be decoded", cause);
      });
      if (step.done) return text + decoder.decode();
      size += step.value.length;
      if (size > limit) throw tooLarge(limit);
      onBytes(step.value.length);
      text += decoder.decode(step.value, { stream: true });
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    throw cause;
  }
}

function tooManyBodies(): LumiverseError {
  return new LumiverseError({
    code: "rate-limit",
    status: 429,
    message: "too many large compressed bodies are read at once",
    hint: "Send fewer at once, or send them without compression",
    retryAfterMs: 1000,
  });
}

function tooLarge(limit: number): LumiverseError {
  return badBody(413, `the body is larger than ${limit} bytes`);
}

function badBody(status: number, message: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "invalid-request",
    status,
    message,
    retryable: false,
    ...(cause === undefined ? {} : { cause }),
  });
}
