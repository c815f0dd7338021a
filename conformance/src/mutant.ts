/**
 * What a mutant is, and the places where one can be planted: a provider is wrapped, never copied, so every provider has all of them. Wrapped are its route, its
 * protocol's reader and renderer, the calls made to it, the fetch below it, or a copy of its cases.
 */
import type { Emit, Protocol, Provider, ReadEvent, Reader, Route } from "@lumiverse/core";
import type { Group } from "./check.ts";
import type { Fixture } from "./fixture.ts";
import { type Judged, judged, type OpenOptions, type Talk } from "./subject.ts";

export type Rule = Group | `${Group}: ${string}`;

export interface Mutant {
  id: string;
  /** What is broken. */
  title: string;
  /** The rules that must catch it, each of them: groups (by one of their checks), or single checks as `group: name`. */
  rules: readonly Rule[];
  /** The cases in which it shows. Where there is none it does not apply, and `otherwise` says what is missing. */
  shows?: { in: (fixture: Fixture) => boolean; otherwise: string };
  /** Why it does not apply to this provider; undefined: it does. */
  idle?: (fixtures: readonly Fixture[], provider: Provider) => string | undefined;
  /** The provider with the fault in it. */
  break?: (provider: Provider, fixtures: readonly Fixture[]) => Judged;
  /** Spoils a copy of the provider's cases, given its folder. */
  spoil?: (folder: string, fixtures: readonly Fixture[]) => void;
}

type Plant = (provider: Provider) => Judged;

/** A provider whose routes are changed. */
export function routes(change: (route: Route, call: Parameters<Provider["route"]>[0], provider: Provider) => Route): Plant {
  return (provider: Provider): Judged =>
    judged({ ...provider, route: (call: Parameters<Provider["route"]>[0]): Route => change(provider.route(call), call, provider) });
}

/** A provider whose protocol is changed. */
export function protocol(change: (protocol: Protocol) => Protocol): Plant {
  return routes((route) => ({ ...route, protocol: change(route.protocol) }));
}

/** A reader whose events go through `change`. */
export const events = (make: () => (event: ReadEvent, emit: Emit) => void): Plant =>
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
export const reading = (change: (reader: Reader) => Partial<Reader>): Plant =>
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
export const body = (change: (body: Record<string, unknown>) => Record<string, unknown>): Plant =>
  protocol((inner) => ({
    ...inner,
    render(call) {
      const rendered = inner.render(call);
      const { body: sent } = rendered.request;
      return sent === undefined ? rendered : { ...rendered, request: { ...rendered.request, body: change(sent) } };
    },
  }));

/** A subject that is opened with other options than it is given. */
export const opening = (change: (options: OpenOptions) => OpenOptions): Plant => {
  return (provider: Provider): Judged => {
    const own = judged(provider);
    return { ...own, open: (fixture, options = {}) => own.open(fixture, change(options)) };
  };
};

/** A subject whose calls are changed from outside: what a careless core would do. */
export const talking = (change: (talk: Talk) => Talk): Plant => {
  return (provider: Provider): Judged => {
    const own = judged(provider);
    return { ...own, open: (fixture, options) => change(own.open(fixture, options)) };
  };
};
/** A fetch that is not the one that was handed in. */
export const fetching = (change: (inner: typeof fetch) => typeof fetch): Plant => {
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
export const packets = (change: (packet: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): Plant =>
  fetching((inner) => async (input, init) => {
    const response = await inner(input, init);
    const changed = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (packet, controller) => controller.enqueue(change(packet)),
      }),
    );
    return new Response(changed ?? null, { status: response.status, headers: response.headers });
  });
