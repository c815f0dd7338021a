/** Changes one HTTP answer: its JSON, its frames, its bytes, its status, its headers. */
import { anyValue, mutateJson, secretText } from "./mutate-json.ts";
import type { Random } from "./random.ts";

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

const STATUSES = [200, 200, 200, 200, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 204, 302, 599];
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function mutateAnswer(answer: Answer, random: Random): Answer {
  const isStream = /event-stream/.test(answer.headers["content-type"] ?? "");
  const text = decoder.decode(answer.body);
  const how = random.below(20);
  const changed: Answer = { ...answer, headers: { ...answer.headers } };
  if (how < 12) changed.body = encoder.encode(isStream ? mutateFrames(text, random) : mutateText(text, random));
  else if (how < 15) changed.body = encoder.encode(breakFraming(text, random));
  else if (how === 15) changed.body = randomBytes(random, random.below(400));
  else if (how === 16) changed.body = damageBytes(answer.body, random);
  else if (how === 17) changed.body = encoder.encode(page(random));
  else if (how === 18) changed.body = encoder.encode(JSON.stringify({ error: errorValue(random) }));
  else changed.body = encoder.encode(`data: ${JSON.stringify({ error: errorValue(random) })}\n\ndata: [DONE]\n\n`);
  if (random.oneIn(4)) changed.status = random.pick(STATUSES);
  if (random.oneIn(8))
    changed.headers["content-type"] = random.pick(["text/event-stream", "application/json", "text/html", "application/x-ndjson", ""]);
  if (random.oneIn(8)) changed.headers[random.pick(HEADERS)] = headerValue(random);
  return changed;
}

const HEADERS = [
  "retry-after",
  "retry-after-ms",
  "x-ratelimit-reset",
  "x-ratelimit-limit-requests",
  "anthropic-ratelimit-tokens-reset",
  "x-request-id",
  "location",
];

function headerValue(random: Random): string {
  const value = random.pick([
    "-1",
    "1e400",
    "constructor",
    "9".repeat(400),
    "1d2h3m4s",
    "Thu, 32 Foo 99999",
    "",
    " ",
    "0",
    secretText(random),
  ]);
  // A header carries no other characters.
  return value.replace(/[^\x20-\x7e]/g, "").trim();
}

/** Changes the JSON of one to three frames, or their order and number. */
function mutateFrames(text: string, random: Random): string {
  const frames = text.split(/(?<=\n\n|\r\n\r\n)/);
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(frames.length);
    const frame = frames[at] ?? "";
    const how = random.below(10);
    if (how < 6) frames[at] = frame.replace(/^data: ?(.*)$/m, (_, data: string) => `data: ${mutateText(data, random)}`);
    else if (how === 6) frames.splice(at, 1);
    else if (how === 7) frames.splice(at, 0, ...Array.from({ length: random.pick([1, 3, 50]) }, () => frame));
    else if (how === 8) frames.splice(random.below(frames.length + 1), 0, frame);
    else frames.splice(at, 0, `data: ${JSON.stringify(anyValue(random)) ?? "null"}\n\n`, `: ${"x".repeat(random.below(50))}\n\n`);
  }
  return frames.join("");
}

function mutateText(text: string, random: Random): string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return breakFraming(text, random);
  }
  return JSON.stringify(mutateJson(json, random, 1 + random.below(3))) ?? "null";
}

/** Cuts, joins and spoils the text where frames and JSON meet. */
function breakFraming(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(12)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text.replaceAll("\n\n", "\n");
    case 3:
      return text.replaceAll("\n", "\r");
    case 4:
      return text.replaceAll("data: ", random.pick(["data:", "data:\t", "Data: ", "event: ", "", "data: data: "]));
    case 5:
      return `\ufeff${text}`;
    case 6:
      return `${text.slice(0, at)}${random.pick([" ", "\n", "\r\n", "\u0000", "data: ", "{", "[DONE]", "\ud800"]).repeat(1 + random.below(60))}${text.slice(at)}`;
    case 7:
      return text + text;
    case 8:
      return text.replace(/"[^"]{1,20}":/, '"__proto__":');
    case 9:
      return `${text}${JSON.stringify({ error: errorValue(random) })}`;
    case 10:
      return text.replaceAll(/\d+/g, () => random.pick(["0", "1e999", "4294967294", "-1", "99999999999999999999"]));
    default:
      return `event: error\ndata: ${JSON.stringify(errorValue(random)) ?? "null"}\n\n${text}`;
  }
}

/** An error of one of the known shapes, or of none. */
function errorValue(random: Random): unknown {
  const code = random.pick<unknown>([
    "invalid_api_key",
    "constructor",
    "rate_limit_exceeded",
    "context_length_exceeded",
    400,
    429,
    null,
    anyValue(random),
  ]);
  const message = random.pick<unknown>([
    secretText(random),
    anyValue(random),
    "maximum context length is 8 tokens",
    `usage limit ${"usage ".repeat(40)}`,
  ]);
  const details = [
    {
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      retryDelay: random.pick<unknown>(["1s", `${"9".repeat(300)}s`, 3, null, "constructor"]),
    },
  ];
  return random.pick<unknown>([
    { code, message, type: code, param: secretText(random) },
    { code, message, status: "RESOURCE_EXHAUSTED", details },
    { message: JSON.stringify({ error: { message } }), metadata: { raw: message, provider_name: secretText(random) } },
    [message],
    message,
    { type: "error", error: { type: code, message } },
    { detail: [{ loc: ["body", anyValue(random)], msg: message, type: code }] },
  ]);
}

function page(random: Random): string {
  return `<!doctype html><html><head><title>${secretText(random)}</title></head><body>${"<p>".repeat(random.below(500))}${secretText(random)}</body></html>`;
}
function randomBytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => random.below(256));
}
function damageBytes(body: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const damaged = body.slice();
  for (let change = random.below(6); change >= 0 && damaged.length > 0; change--) damaged[random.below(damaged.length)] = random.below(256);
  return damaged;
}
