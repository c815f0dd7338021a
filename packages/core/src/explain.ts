import type { ChatRequest, Cost } from "./chat.ts";
import { isSecretHeader, type State } from "./connect.ts";
import type { Explanation } from "./connection.ts";
import { costOf } from "./cost.ts";
import { isCredential } from "./headers.ts";
import { prepare } from "./prepare.ts";
import type { Protocol } from "./provider.ts";

/** The first half of a request's way, unsent: the same `Rendered` value that sending uses. */
export async function explain(
  state: State,
  request: ChatRequest,
  how: { previous?: ChatRequest; streaming?: boolean } = {},
): Promise<Explanation> {
  const { route, rendered, notes, checked } = await prepare(state, request, how.streaming ?? true, state.remembered);
  const { provider } = state;
  const headers: Record<string, string> = { ...(rendered.request.body === undefined ? {} : { "content-type": "application/json" }) };
  for (const group of [route.headers, rendered.request.headers, state.options.headers, request.headers])
    for (const [name, value] of Object.entries(group ?? {}))
      headers[name.toLowerCase()] = isSecretHeader(name) ? "(given in headers)" : state.scrub(value);
  const { credential } = provider;
  const given = [...Object.keys(state.options.headers ?? {}), ...Object.keys(request.headers ?? {})];
  const own = given.some((name) => isCredential(provider, name));
  if (credential.kind !== "none" && state.key !== undefined && route.credential !== "never" && !own) {
    const header = credential.kind === "service-account" ? "authorization" : (credential.header ?? "authorization");
    headers[header] =
      credential.kind === "service-account"
        ? "Bearer (signed token of the service account)"
        : `${credential.prefix ?? (header === "authorization" ? "Bearer " : "")}(key)`;
  }
  const body = rendered.request.body ?? {};
  const inputTokens = Math.ceil(JSON.stringify(body).length / 4);
  let cost: Cost | undefined;
  if (state.own)
    cost = costOf(await state.catalogue(), request.model, {
      input: inputTokens,
      output: request.maxOutputTokens ?? 0,
      completeness: "unknown",
    });
  let prefix: Awaited<ReturnType<NonNullable<Protocol["diffPrefix"]>>> | undefined;
  if (how.previous !== undefined) {
    const before = await prepare(state, how.previous, how.streaming ?? true, state.remembered);
    // The wire knows its own cache rules; without it, the bytes are compared.
    prefix =
      route.protocol.diffPrefix === undefined || before.route.protocol.id !== route.protocol.id
        ? diffPrefix(before.rendered.request.body ?? {}, body)
        : await route.protocol.diffPrefix(before.rendered, rendered);
  }
  return {
    url: state.scrub(rendered.request.url.href),
    method: rendered.request.method,
    headers,
    body,
    wire: route.protocol.id,
    takes: route.takes,
    notes,
    estimate: { inputTokens, ...(cost === undefined ? {} : { cost }) },
    ...(rendered.cache === undefined ? {} : { cache: rendered.cache }),
    ...(prefix?.at === undefined ? {} : { prefixBreak: { at: prefix.at, because: prefix.because ?? "it differs" } }),
    ...(prefix?.reasons === undefined ? {} : { cacheReasons: prefix.reasons }),
    ...(checked.facts === undefined ? {} : { facts: checked.facts }),
  };
}

/** What vendors key their caches by, in their order; the names are those of all four wires. */
const SECTIONS = [
  "model",
  "tools",
  "tool_choice",
  "toolConfig",
  "system",
  "instructions",
  "systemInstruction",
  "thinking",
  "messages",
  "input",
  "contents",
];

/** Where the cacheable prefix of two bodies stops being the same. Cache marks are no part of it. */
export function diffPrefix(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Explanation["prefixBreak"] {
  for (const section of SECTIONS) {
    const [a, b] = [before[section], after[section]];
    if (!Array.isArray(a) || !Array.isArray(b)) {
      if (text(a) !== text(b)) return { at: section, because: difference(text(a), text(b)) };
      continue;
    }
    for (let i = 0; i < a.length; i++) {
      if (i >= b.length) return { at: `${section}[${i}]`, because: `the previous request had ${a.length} entries, this one ${b.length}` };
      if (text(a[i]) !== text(b[i])) return { at: `${section}[${i}]`, because: difference(text(a[i]), text(b[i])) };
    }
    // Longer is fine only for the last section: a prefix grows at its end.
    if (b.length > a.length && section !== "messages" && section !== "input" && section !== "contents")
      return { at: `${section}[${a.length}]`, because: `an entry was added before the conversation` };
  }
  return undefined;
}
function text(value: unknown): string {
  return value === undefined
    ? ""
    : JSON.stringify(value, (key, inner) => (key === "cache_control" || key === "prompt_cache_breakpoint" ? undefined : inner));
}
function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  const around = (s: string): string => JSON.stringify(s.slice(Math.max(0, at - 20), at + 20));
  return `the bytes differ from character ${at}: ${around(a)} became ${around(b)}`;
}
