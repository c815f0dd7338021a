/**
 * A mutant is a provider with one fault, made by wrapping the provider: its route, its protocol's reader or renderer, its calls, its fetch, or a copy of its cases.
 * So every mutant can be made of every provider.
 */

import {
  type ChatClient,
  exchangesFor,
  type Fixture,
  type Group,
  type OpenOptions,
  type TestedSubject,
  testedSubject,
} from "@lumiverse/conformance/internals";
import type { Emit, Protocol, Provider, ReadEvent, Reader, Route } from "@lumiverse/core/provider";

/** A group of checks, or one check as `group: name`. */
export type Rule = Group | `${Group}: ${string}`;

/** A fault to put into a provider. */
export interface Mutant {
  id: string;
  /** Describes the fault. */
  title: string;
  /** The rules that must catch it. A rule is a group, of which one check must fail, or one check as `group: name`. */
  rules: readonly Rule[];
  /** The cases that the fault changes. Without such a case the mutant does not apply, and `otherwise` is the reason. */
  visibleIn?: { in: (fixture: Fixture) => boolean; otherwise: string };
  /** The reason why it does not apply to a provider. Undefined if it does. */
  notApplicable?: (fixtures: readonly Fixture[], provider: Provider) => string | undefined;
  /** Makes the provider with the fault. */
  apply?: (provider: Provider, fixtures: readonly Fixture[]) => TestedSubject;
  /** Puts the fault into a copy of the provider's cases, given its folder. */
  changeCases?: (folder: string, fixtures: readonly Fixture[]) => void;
}

type MutantMaker = (provider: Provider) => TestedSubject;

/** Changes the provider's routes. */
export function changingRoute(change: (route: Route, call: Parameters<Provider["route"]>[0], provider: Provider) => Route): MutantMaker {
  return (provider: Provider): TestedSubject =>
    testedSubject({ ...provider, route: (call: Parameters<Provider["route"]>[0]): Route => change(provider.route(call), call, provider) });
}

/** Changes the provider's protocol. */
export function changingProtocol(change: (protocol: Protocol) => Protocol): MutantMaker {
  return changingRoute((route) => ({ ...route, protocol: change(route.protocol) }));
}

/** Changes the events of the reader. `make` is called once per answer. */
export const changingEvents = (make: () => (event: ReadEvent, emit: Emit) => void): MutantMaker =>
  changingProtocol((inner) => ({
    ...inner,
    reader(context) {
      const reader = inner.reader(context);
      const change = make();
      const through =
        (emit: Emit): Emit =>
        (event) =>
          change(event, emit);
      return {
        message: (message, emit) => reader.message(message, through(emit)),
        body: (json, emit) => reader.body(json, through(emit)),
        unframedText: (text, emit) => reader.unframedText(text, through(emit)),
        end: (emit) => reader.end(through(emit)),
        get phase() {
          return reader.phase;
        },
        get expects() {
          return reader.expects;
        },
      };
    },
  }));

/** The reader as an object whose functions can be replaced, without `expects`. */
export function withoutExpects(reader: Reader): Reader {
  return {
    message: (message, emit) => reader.message(message, emit),
    body: (json, emit) => reader.body(json, emit),
    unframedText: (text, emit) => reader.unframedText(text, emit),
    end: (emit) => reader.end(emit),
    get phase() {
      return reader.phase;
    },
  };
}

/** Changes functions of the reader. */
export const changingReader = (change: (reader: Reader) => Partial<Reader>): MutantMaker =>
  changingProtocol((inner) => ({
    ...inner,
    reader(context) {
      const reader = inner.reader(context);
      const bound = withoutExpects(reader);
      const { phase: _phase, expects: _expects, ...changed } = change(bound);
      return Object.defineProperties(
        { ...bound, ...changed },
        { phase: { get: () => reader.phase, enumerable: true }, expects: { get: () => reader.expects, enumerable: true } },
      );
    },
  }));

/** Changes the request body before it is sent. */
export const changingBody = (change: (body: Record<string, unknown>) => Record<string, unknown>): MutantMaker =>
  changingProtocol((inner) => ({
    ...inner,
    render(call) {
      const rendered = inner.render(call);
      const { body: sent } = rendered.request;
      return sent === undefined ? rendered : { ...rendered, request: { ...rendered.request, body: change(sent) } };
    },
  }));

/** Changes the options with which the subject is opened. */
export const changingOptions = (change: (options: OpenOptions) => OpenOptions): MutantMaker => {
  return (provider: Provider): TestedSubject => {
    const own = testedSubject(provider);
    return { ...own, open: (fixture, options = {}) => own.open(fixture, change(options)) };
  };
};

/** Changes the calls of the subject, as a faulty core would. */
export const changingClient = (change: (client: ChatClient) => ChatClient): MutantMaker => {
  return (provider: Provider): TestedSubject => {
    const own = testedSubject(provider);
    return { ...own, open: (fixture, options) => change(own.open(fixture, options)) };
  };
};
/** Changes the fetch of the subject. */
export const changingFetch = (change: (inner: typeof fetch) => typeof fetch): MutantMaker => {
  return (provider: Provider): TestedSubject => {
    const own = testedSubject(provider);
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
/** Changes the packets of every answer. */
export const changingPackets = (change: (packet: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): MutantMaker =>
  changingFetch((inner) => async (input, init) => {
    const response = await inner(input, init);
    const changed = response.body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (packet, controller) => controller.enqueue(change(packet)),
      }),
    );
    return new Response(changed ?? null, { status: response.status, headers: response.headers });
  });

/** Cases whose last streamed answer, which is the one that is disguised, matches a pattern. */
export const streaming = (pattern: RegExp, otherwise: string): NonNullable<Mutant["visibleIn"]> => ({
  in: (fixture: Fixture) => fixture.case.expect.error === undefined && pattern.test(lastStream(fixture)),
  otherwise,
});

/** The body of the last streamed answer of a case. */
export function lastStream(fixture: Fixture): string {
  return new TextDecoder().decode(exchangesFor(fixture, "stream").at(-1)?.body);
}
