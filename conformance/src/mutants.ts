/**
 * Faults planted in a copy of a provider, each of which the suite must catch by the name of the broken rule. A mutant is a wrapping: nothing of the provider
 * is copied, so every provider has all of them.
 */
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type Emit,
  type JsonObject,
  LumiverseError,
  type Protocol,
  type Provider,
  type ReadEvent,
  type Reader,
  type Route,
} from "@lumiverse/core";
import { type Check, type Group, idOf } from "./check.ts";
import { checksOf, type SuiteOptions } from "./checks.ts";
import { type Fixture, readFixtures } from "./fixture.ts";
import { CANARY } from "./keys.ts";
import { type Judged, judged, type OpenOptions, type Talk } from "./subject.ts";

export interface Mutant {
  id: string;
  /** What is broken. */
  title: string;
  /** The rules that must catch it: groups, or single checks as `group: name`. */
  rules: readonly (Group | `faults: ${string}`)[];
  /** Why it does not apply to a provider with these cases; undefined: it does. */
  idle?: (fixtures: readonly Fixture[]) => string | undefined;
  break(provider: Provider): Judged;
}

/** A provider whose protocol is changed. */
const protocol = (change: (protocol: Protocol) => Protocol) => {
  return (provider: Provider): Judged =>
    judged({ ...provider, route: (call: Parameters<Provider["route"]>[0]): Route => rerouted(provider.route(call), change) });
};
const rerouted = (route: Route, change: (protocol: Protocol) => Protocol): Route => ({ ...route, protocol: change(route.protocol) });

/** A reader whose events go through `change`. */
const events = (make: () => (event: ReadEvent, emit: Emit) => void) =>
  protocol((inner) => ({
    ...inner,
    reader(call, rendered) {
      const reader = inner.reader(call, rendered);
      const change = make();
      const through =
        (emit: Emit): Emit =>
        (event) =>
          change(event, emit);
      return {
        message: (message, emit) => reader.message(message, through(emit)),
        body: (json, emit) => reader.body(json, through(emit)),
        stray: (text, emit) => reader.stray(text, through(emit)),
        end: (emit) => reader.end(through(emit)),
        get phase() {
          return reader.phase;
        },
      };
    },
  }));

/** A reader of which one function is changed. */
const reading = (change: (reader: Reader) => Partial<Reader>) =>
  protocol((inner) => ({
    ...inner,
    reader(call, rendered) {
      const reader = inner.reader(call, rendered);
      const bound: Reader = {
        message: (message, emit) => reader.message(message, emit),
        body: (json, emit) => reader.body(json, emit),
        stray: (text, emit) => reader.stray(text, emit),
        end: (emit) => reader.end(emit),
        get phase() {
          return reader.phase;
        },
      };
      const { phase: _phase, ...changed } = change(bound);
      return Object.defineProperty({ ...bound, ...changed }, "phase", { get: () => reader.phase, enumerable: true });
    },
  }));

/** A request body that is changed before it is sent. */
const body = (change: (body: Record<string, unknown>) => Record<string, unknown>) =>
  protocol((inner) => ({
    ...inner,
    render(call) {
      const rendered = inner.render(call);
      const { body: sent } = rendered.request;
      return sent === undefined ? rendered : { ...rendered, request: { ...rendered.request, body: change(sent) } };
    },
  }));

/** A subject whose calls are changed from outside: what a careless core would do. */
const talking = (change: (talk: Talk) => Talk) => {
  return (provider: Provider): Judged => {
    const own = judged(provider);
    return { ...own, open: (fixture, options) => change(own.open(fixture, options)) };
  };
};
const fetching = (change: (inner: typeof fetch) => typeof fetch) => {
  return (provider: Provider): Judged => {
    const own = judged(provider);
    const wrap = (options: OpenOptions = {}): OpenOptions => ({
      ...options,
      fetch: change(options.fetch ?? ((input, init) => fetch(input, init))),
    });
    return {
      ...own,
      open: (fixture, options) => own.open(fixture, wrap(options)),
      connection: (fixture, options) => own.connection(fixture, wrap(options)),
    };
  };
};
/** Bytes of every answer, packet by packet. */
const packets = (change: (packet: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) =>
  fetching((inner) => async (input, init) => {
    const response = await inner(input, init);
    const changed = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (packet, controller) => controller.enqueue(change(packet)),
      }),
    );
    return new Response(changed ?? null, { status: response.status, headers: response.headers });
  });

const has = (text: RegExp, what: string) => (fixtures: readonly Fixture[]) =>
  fixtures.some(
    (fixture) =>
      text.test(JSON.stringify(fixture.case.expect)) || (fixture.case.turns ?? []).some((turn) => text.test(JSON.stringify(turn.expect))),
  )
    ? undefined
    : `no case has ${what}`;

export const mutants: readonly Mutant[] = [
  {
    id: "wrong-usage",
    title: "output tokens are one too many",
    rules: ["golden"],
    idle: has(/"usage":\{[^}]*"output":/, "usage"),
    break: events(
      () => (event, emit) =>
        emit(event.type === "usage" ? { ...event, usage: { ...event.usage, output: (event.usage.output ?? 0) + 1 } } : event),
    ),
  },
  {
    id: "usage-counted-twice",
    title: "cached or fresh input is counted twice",
    rules: ["properties"],
    idle: (fixtures) =>
      fixtures.some((fixture) =>
        fixture.exchanges.some((exchange) => /"(?:total_tokens|totalTokenCount)"/.test(new TextDecoder().decode(exchange.body))),
      )
        ? undefined
        : "the wire states no total",
    break: events(
      () => (event, emit) =>
        emit(
          event.type === "usage"
            ? { ...event, usage: { ...event.usage, cacheRead: (event.usage.cacheRead ?? 0) + (event.usage.input ?? 0) } }
            : event,
        ),
    ),
  },
  {
    id: "usage-dropped",
    title: "usage is not read",
    rules: ["golden"],
    idle: has(/"usage":\{[^}]*"output":/, "usage"),
    break: events(() => (event, emit) => (event.type === "usage" ? undefined : emit(event))),
  },
  {
    id: "finish-dropped",
    title: "the finish is swallowed",
    rules: ["golden"],
    break: events(() => (event, emit) => (event.type === "finish" ? undefined : emit(event))),
  },
  {
    id: "finish-word",
    title: "every answer ends in stop",
    rules: ["golden"],
    idle: has(/"finishReason":"(?!stop)/, "another finish than stop"),
    break: events(() => (event, emit) => emit(event.type === "finish" ? { ...event, reason: "stop" } : event)),
  },
  {
    id: "cut-is-an-answer",
    title: "a stream without its end passes for a short answer",
    rules: ["faults: cut-after-content", "properties"],
    break: reading((reader) => ({
      end(emit) {
        try {
          reader.end(emit);
        } catch {
          emit({ type: "finish", reason: "stop" });
        }
      },
    })),
  },
  {
    id: "error-swallowed",
    title: "errors inside the stream are ignored",
    rules: ["faults: error-in-mid-stream", "faults: garbage-event"],
    break: reading((reader) => ({
      message(message, emit) {
        try {
          reader.message(message, emit);
        } catch {
          // the fault
        }
      },
      stray() {},
    })),
  },
  {
    id: "error-200-swallowed",
    title: "an error body with status 200 is an empty answer",
    rules: ["faults: error-200", "faults: error-200-streamed"],
    break: reading((reader) => ({
      body(json, emit) {
        try {
          reader.body(json, emit);
        } catch {
          emit({ type: "finish", reason: "stop" });
        }
      },
    })),
  },
  { id: "delta-lost", title: "every third piece of text is lost", rules: ["golden"], break: events(() => everyThird()) },
  {
    id: "delta-doubled",
    title: "each piece of text comes twice",
    rules: ["golden"],
    break: events(() => (event, emit) => {
      emit(event);
      if (event.type === "text") emit(event);
    }),
  },
  {
    id: "signature-lost",
    title: "what the vendor wants back is thrown away",
    rules: ["golden"],
    idle: has(/"replay":/, "a payload to replay"),
    break: events(() => (event, emit) => emit("replay" in event ? { ...event, replay: undefined } : event)),
  },
  {
    id: "tool-index",
    title: "pieces of every call go to the first",
    rules: ["golden"],
    idle: (fixtures) =>
      fixtures.some((fixture) => calls(fixture.case.expect.response) > 1) ? undefined : "no case has two calls in one turn",
    break: events(() => firstCallTakesAll()),
  },
  {
    id: "tool-name",
    title: "names of tools are upper-cased",
    rules: ["golden"],
    idle: has(/"type":"tool-call"/, "a tool call"),
    break: events(
      () => (event, emit) =>
        emit(event.type === "part-start" && event.kind === "tool-call" ? { ...event, name: event.name.toUpperCase() } : event),
    ),
  },
  {
    id: "parameter-leak",
    title: "a parameter is sent that nobody asked for",
    rules: ["golden"],
    break: body((sent) => ({ ...sent, presence_penalty: 0.1 })),
  },
  {
    id: "key-order",
    title: "the keys of the body are in another order",
    rules: ["golden"],
    break: body((sent) => Object.fromEntries(Object.entries(sent).reverse())),
  },
  {
    id: "parameter-lost",
    title: "a declared parameter never reaches the wire",
    rules: ["golden", "probe"],
    idle: (fixtures) =>
      fixtures.some((fixture) => fixture.case.request?.temperature !== undefined || fixture.case.request?.maxOutputTokens !== undefined)
        ? undefined
        : "no case has temperature or maxOutputTokens",
    break: protocol((inner) => ({ ...inner, render: (call) => inner.render({ ...call, request: without(call.request) }) })),
  },
  {
    id: "claim-too-much",
    title: "a capability is claimed that nothing shows",
    rules: ["claims"],
    break: (provider) => judged({ ...provider, route: (call: Parameters<Provider["route"]>[0]): Route => claimMore(provider.route(call)) }),
  },
  {
    id: "claim-too-little",
    title: "capabilities that cases show are denied",
    rules: ["claims"],
    break: (provider) =>
      judged({ ...provider, route: (call: Parameters<Provider["route"]>[0]): Route => claimNothing(provider.route(call)) }),
  },
  {
    id: "part-never-closed",
    title: "the end of a part is not told",
    rules: ["properties"],
    break: talking((talk) => ({
      ...talk,
      stream: (request) => changed(talk, request, (event) => (event.type === "part-end" ? [] : [event])),
    })),
  },
  {
    id: "finish-doubled",
    title: "a stream finishes twice",
    rules: ["properties"],
    break: talking((talk) => ({
      ...talk,
      stream: (request) => changed(talk, request, (event) => (event.type === "finish" ? [event, event] : [event])),
    })),
  },
  {
    id: "untyped-error",
    title: "errors are thrown as plain ones",
    rules: ["faults: status-500"],
    break: talking((talk) => rethrowing(talk, (error) => new Error(String(error)))),
  },
  {
    id: "key-in-error",
    title: "the key is in the error's message",
    rules: ["faults: status-401"],
    break: talking((talk) =>
      rethrowing(talk, (error) => new LumiverseError({ code: "server", message: `${String(error)} (key ${CANARY})` })),
    ),
  },
  {
    id: "key-in-url",
    title: "the key is in the URL too",
    rules: ["canary"],
    idle: (fixtures) =>
      fixtures.every((fixture) => fixture.case.apiKey === "service-account" || fixture.case.apiKey === "none")
        ? "no case has a key of one word"
        : undefined,
    break: fetching((inner) => (input, init) => inner(`${String(input)}${String(input).includes("?") ? "&" : "?"}key=${CANARY}`, init)),
  },
  {
    id: "partial-lost",
    title: "what had arrived before an error is thrown away",
    rules: ["faults: cut-after-content"],
    break: talking((talk) => rethrowing(talk, partless)),
  },
  {
    id: "retry-after-content",
    title: "a broken stream is asked for again after its first content",
    rules: ["faults: cut-after-content", "faults: reset-in-mid-stream"],
    break: talking((talk) => ({ ...talk, stream: (request) => twice(talk, request) })),
  },
  {
    id: "retry-everything",
    title: "refusals are tried again",
    rules: ["faults: not-retried"],
    break: talking((talk) => ({ ...talk, stream: (request) => again(talk, request) })),
  },
  {
    id: "abort-ignored",
    title: "the caller's signal is not heard",
    rules: ["faults: abort-before-headers", "faults: abort-in-mid-stream"],
    break: talking((talk) => ({ stream: (request) => talk.stream(deaf(request)), generate: (request) => talk.generate(deaf(request)) })),
  },
  {
    id: "socket-left-open",
    title: "a loop that is left leaves the connection open",
    rules: ["faults: leave-early"],
    break: talking((talk) => ({ ...talk, stream: (request) => leaky(talk.stream(request)) })),
  },
  {
    id: "no-back-pressure",
    title: "the host is read as fast as it sends",
    rules: ["faults: back-pressure"],
    break: talking((talk) => ({ ...talk, stream: (request) => hungry(talk.stream(request)) })),
  },
  {
    id: "redirect-followed",
    title: "redirects are followed to other origins",
    rules: ["faults: redirect-302", "faults: redirect-307"],
    break: fetching((inner) => (input, init) => inner(input, { ...init, redirect: "follow" })),
  },
  {
    id: "utf8-cut",
    title: "characters cut by a packet are broken",
    rules: ["splits", "properties"],
    idle: (fixtures) =>
      fixtures.some((fixture) => fixture.exchanges.some((exchange) => exchange.body.some((byte) => byte > 127)))
        ? undefined
        : "no case has a character beyond ASCII",
    break: packets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet))),
  },
  {
    id: "packet-is-an-event",
    title: "each packet is taken for whole lines",
    rules: ["splits", "properties"],
    break: packets((packet) => (packet.at(-1) === 10 ? packet : new Uint8Array([...packet, 10]))),
  },
  {
    id: "cr-unknown",
    title: "a lone CR is no line end",
    rules: ["disguises"],
    break: packets((packet) => packet.map((byte) => (byte === 13 ? 32 : byte))),
  },
  {
    id: "space-needed",
    title: "a field needs a space after its colon",
    rules: ["disguises"],
    break: packets((packet) => new TextEncoder().encode(new TextDecoder().decode(packet).replace(/^data:(?! )/gm, "dat:"))),
  },
];

export interface Verdict {
  mutant: string;
  /** The checks that caught it. */
  killedBy: string[];
  /** Why it does not apply. */
  idle?: string;
}

/** Lets every mutant of a provider meet the rules that must catch it. Checks that fail for the provider itself catch nothing. */
export async function runMutants(provider: Provider, options: SuiteOptions, list: readonly Mutant[] = mutants): Promise<Verdict[]> {
  const fixtures = readFixtures(options.fixtures);
  const healthy = new Map<string, Promise<boolean>>();
  const own = checksOf(judged(provider), options);
  const verdicts = new Map<string, Verdict>();
  // Sockets first: once nock has been loaded nothing is believed about them.
  const ordered = [...list].sort((a, b) => Number(a.rules.includes("golden")) - Number(b.rules.includes("golden")));
  for (const mutant of ordered) {
    const idle = mutant.idle?.(fixtures);
    if (idle !== undefined) verdicts.set(mutant.id, { mutant: mutant.id, killedBy: [], idle });
    else verdicts.set(mutant.id, { mutant: mutant.id, killedBy: await killers(mutant, provider, options, own, healthy) });
  }
  return list.flatMap((mutant) => verdicts.get(mutant.id) ?? []);
}

async function killers(
  mutant: Mutant,
  provider: Provider,
  options: SuiteOptions,
  own: readonly Check[],
  healthy: Map<string, Promise<boolean>>,
): Promise<string[]> {
  const known = options.known ?? {};
  for (const check of checksOf(mutant.break(provider), options)) {
    const id = idOf(check);
    if (!mutant.rules.some((rule) => rule === check.group || rule === id) || known[id] !== undefined || (await holds(check))) continue;
    const twin = own.find((other) => idOf(other) === id);
    const sound = twin === undefined ? Promise.resolve(true) : (healthy.get(id) ?? holds(twin));
    healthy.set(id, sound);
    // One is enough: the first is named.
    if (await sound) return [id];
  }
  return [];
}
async function holds(check: Check): Promise<boolean> {
  try {
    await check.run();
    return true;
  } catch {
    // Why it failed is the business of the report.
    return false;
  }
}

/** Mutants by subject: the check that caught each, or why it did not apply, or that it lives. */
export function mutantTable(verdicts: Readonly<Record<string, readonly Verdict[]>>): string {
  const names = Object.keys(verdicts);
  const lines = [
    `| Mutant | What is broken |${names.map((name) => ` ${name} |`).join("")}`,
    `| --- | --- |${" --- |".repeat(names.length)}`,
  ];
  for (const mutant of mutants) {
    const cells = names.map((name) => {
      const verdict = verdicts[name]?.find((one) => one.mutant === mutant.id);
      return ` ${verdict === undefined ? "not run" : verdict.idle !== undefined ? `idle: ${verdict.idle}` : (verdict.killedBy[0] ?? "LIVES")} |`;
    });
    lines.push(`| ${mutant.id} | ${mutant.title} |${cells.join("")}`);
  }
  return `${lines.join("\n")}\n`;
}

function everyThird(): (event: ReadEvent, emit: Emit) => void {
  let n = 0;
  return (event, emit) => {
    if (event.type !== "text" || ++n % 3 !== 0) emit(event);
  };
}
function firstCallTakesAll(): (event: ReadEvent, emit: Emit) => void {
  let first: number | undefined;
  return (event, emit) => {
    if (event.type === "part-start" && event.kind === "tool-call") first ??= event.index;
    emit(
      event.type === "tool-call-delta" && first !== undefined
        ? { ...event, index: first }
        : event.type === "part-end" && event.arguments !== undefined && first !== event.index
          ? { ...event, arguments: "{}" }
          : event,
    );
  };
}
function calls(response: JsonObject | undefined): number {
  return Array.isArray(response?.["toolCalls"]) ? response["toolCalls"].length : 0;
}
function without({ temperature: _temperature, maxOutputTokens: _maxOutputTokens, ...rest }: ChatRequest): ChatRequest {
  return rest;
}
function claimMore(route: Route): Route {
  const { takes } = route;
  // One that is not claimed yet: nothing can show what is not there.
  const free = (["output.audio", "input.video", "output.image", "repetitionPenalty"] as const).find(
    (capability) => takes[capability] === undefined || takes[capability] === false || takes[capability] === "unknown",
  );
  return free === undefined ? route : { ...route, takes: { ...takes, [free]: true } };
}
function claimNothing(route: Route): Route {
  return { ...route, takes: Object.fromEntries(Object.keys(route.takes).map((capability) => [capability, false])) };
}
function rethrowing(talk: Talk, change: (error: unknown) => unknown): Talk {
  return {
    async *stream(request) {
      try {
        yield* talk.stream(request);
      } catch (error) {
        throw change(error);
      }
    },
    async generate(request): Promise<ChatResponse> {
      try {
        return await talk.generate(request);
      } catch (error) {
        throw change(error);
      }
    },
  };
}
async function* changed(talk: Talk, request: ChatRequest, change: (event: ChatEvent) => ChatEvent[]): AsyncGenerator<ChatEvent> {
  for await (const event of talk.stream(request)) yield* change(event);
}
function partless(error: unknown): unknown {
  if (error instanceof LumiverseError) error.partial = undefined;
  return error;
}
async function* twice(talk: Talk, request: ChatRequest): AsyncGenerator<ChatEvent> {
  try {
    yield* talk.stream(request);
  } catch {
    yield* talk.stream(request);
  }
}
async function* again(talk: Talk, request: ChatRequest): AsyncGenerator<ChatEvent> {
  let begun = false;
  try {
    for await (const event of talk.stream(request)) {
      begun = true;
      yield event;
    }
  } catch (error) {
    if (begun) throw error;
    yield* talk.stream(request);
  }
}
function deaf({ signal: _signal, ...rest }: ChatRequest): ChatRequest {
  return rest;
}
/** An iteration whose end the source is not told. */
function leaky(stream: AsyncIterable<ChatEvent>): AsyncIterable<ChatEvent> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      return { next: () => inner.next() };
    },
  };
}
async function* hungry(stream: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent> {
  const held: ChatEvent[] = [];
  let over = false;
  let failure: unknown;
  const inner = stream[Symbol.asyncIterator]();
  const drained = (async () => {
    try {
      for (let one = await inner.next(); one.done !== true; one = await inner.next()) held.push(one.value);
    } catch (error) {
      failure = error;
    }
    over = true;
  })();
  try {
    while (!over || held.length > 0) {
      const event = held.shift();
      if (event !== undefined) yield event;
      else await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, 1))]);
    }
  } finally {
    await inner.return?.();
  }
  if (failure !== undefined) throw failure;
}
