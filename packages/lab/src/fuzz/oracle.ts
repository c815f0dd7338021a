/** What must hold after every call, whatever the host sent. */
import { type ChatEvent, type ChatResponse, isLumiverseError, type LumiverseError, type SourcePart } from "@lumiverse/core/provider";
import { findSecret } from "./planted-secrets.ts";
import type { Seen } from "./subjects.ts";

export type FaultKind = "untyped error" | "broken reader" | "secret" | "no result";
export interface Fault {
  kind: FaultKind;
  detail: string;
}

/** The words in which core reports that a reader crashed. A plain `Error` is no crash: a provider throws it for an answer that it does not accept. */
const BROKEN = /could not be (?:read|prepared): (?!it is not valid JSON|Error: )[^"\\\n]*/;

/** Everything that is wrong with what a caller saw. */
export function faultsOf(seen: Seen): Fault[] {
  const faults: Fault[] = [];
  const { error, response, events, value, observations } = seen;
  if (error !== undefined && !isLumiverseError(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ kind: "untyped error", detail: text.split("\n").slice(0, 4).join(" | ") }];
  }
  const shown: [where: string, value: unknown][] = [
    ["error", isLumiverseError(error) ? visible(error) : undefined],
    ["response", response === undefined ? undefined : withoutModelText(response)],
    ["value", value],
    ["observation", observations],
    ["event", events.flatMap(ofHost)],
  ];
  for (const [where, part] of shown) {
    if (part === undefined) continue;
    const text = textOf(part);
    const broken = BROKEN.exec(text);
    if (broken !== null) faults.push({ kind: "broken reader", detail: `${where}: ${broken[0]}${causeOf(error)}` });
    const secret = findSecret(text, seen.secrets);
    if (secret !== undefined) faults.push({ kind: "secret", detail: `${where}: ${around(text, secret)}` });
  }
  return faults;
}

/** Every string of a value, joined. JSON would escape the texts and hide a secret that has quotes in it. */
function textOf(value: unknown): string {
  const texts: string[] = [];
  const waiting: unknown[] = [value];
  for (let next = waiting.pop(); waiting.length > 0 || next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") texts.push(next);
    else if (typeof next === "object" && next !== null)
      for (const [name, inner] of Object.entries(next)) {
        texts.push(name);
        waiting.push(inner ?? "");
      }
  }
  return texts.join("\n");
}

function visible(error: LumiverseError): unknown {
  const { message, hint, field, vendorCode, generation, requestId, stack, attempts, notes, provider, partial } = error;
  const causes: unknown[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause.message, cause.stack);
  return {
    texts: { message, hint, field, vendorCode, generation, requestId, stack, provider },
    attempts,
    notes,
    causes,
    partial: partial === undefined ? undefined : withoutModelText(partial),
  };
}

/** What core and the host say about an answer. The content of the message belongs to the model, and payloads for replay go back to the host as they came. */
function withoutModelText(response: Partial<ChatResponse>): unknown {
  const { id, model, rawFinishReason, usage, cost, notes, attempts, transport, details, sources = [] } = response;
  const { logprobs: _, ...facts } = details ?? {};
  return { id, model, rawFinishReason, usage, cost, notes, attempts, transport, facts, sources: sources.map(withoutReplay) };
}

function withoutReplay({ replay: _, ...part }: SourcePart): unknown {
  return part;
}

/** The parts of an event that the model did not write. */
function ofHost(event: ChatEvent): unknown[] {
  switch (event.type) {
    case "note":
    case "usage":
    case "finish":
    case "start":
      return [event];
    case "part-start":
      return event.kind === "tool-call" ? [event.id] : [];
    case "part":
      return event.part.type === "source" ? [withoutReplay(event.part)] : [];
    default:
      return [];
  }
}

function causeOf(error: unknown): string {
  const cause = isLumiverseError(error) ? error.cause : undefined;
  const line = cause instanceof Error ? cause.stack?.split("\n").find((one) => one.includes("at ")) : undefined;
  return line === undefined ? "" : ` (${line.trim().replace(/file:\/\/\S*\/(?=(?:packages|providers)\/)/, "")})`;
}

function around(text: string, secret: string): string {
  const at = text.indexOf(secret);
  return JSON.stringify(at < 0 ? text.slice(0, 300) : text.slice(Math.max(0, at - 60), at + secret.length + 20));
}
