/** What is fuzzed: every case of every provider, every operation with the answers of other cases, settings and sign-ins. */
import { CANARY, keyOf } from "@lumiverse/conformance";
import { exchangesFor, type Fixture, type LoadedExchange, type Mode, modesOf, readFixtures } from "@lumiverse/conformance/internals";
import { beginSignIn, type Connection, type ConnectOptions, connect, type Observation } from "@lumiverse/core";
import type { ChatEvent, ChatRequest, ChatResponse, Provider } from "@lumiverse/core/provider";
import type { Answer } from "./mutate-answer.ts";
import { HEADER_SECRET, KEY, QUERY_SECRET } from "./planted-secrets.ts";

/** What a call showed to its caller. */
export interface Seen {
  events: ChatEvent[];
  response?: ChatResponse;
  /** The result of an operation. */
  value?: unknown;
  error?: unknown;
  observations: Observation[];
  /** The planted secrets that the connection holds. */
  secrets: string[];
}

/** Something that reads what comes from outside. */
export interface Subject {
  /** Such as `groq text stream`. */
  name: string;
  /** The valid answers of the host, in order. Empty for settings. */
  answers: readonly Answer[];
  /** Answers of other requests to the same provider, which the fuzzer puts in the place of the right one. */
  others: readonly Answer[];
  /** Signs a token for each call, which takes a hundred times as long as reading an answer. */
  signs: boolean;
  run(input: Input): Promise<void>;
  /** A connection whose host gives these answers, and the request of the case. Absent for a subject that is not a chat. */
  openChat?(answers: readonly Answer[]): { connection: Connection; request: ChatRequest };
}

/** What a subject reads. */
export interface Input {
  answers: readonly Answer[];
  /** The value for a subject without answers. */
  json: unknown;
  /** Receives what the call shows. */
  seen: Seen;
  /** The base URL has a query with a secret. */
  query: boolean;
}

export interface FuzzedProvider {
  provider: Provider;
  fixtures: string;
}

export async function subjectsOf(packages: readonly FuzzedProvider[]): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const { provider, fixtures } of packages) {
    const cases = readFixtures(fixtures);
    const others = cases.flatMap((one) => one.exchanges.map(answerOf));
    for (const fixture of cases)
      for (const mode of fixture.case.operation === undefined ? modesOf(fixture) : (["generate"] as const))
        subjects.push(caseSubject(provider, fixture, mode, others));
    if (provider.settings !== undefined) subjects.push(await settingsSubject(provider, provider.settings));
    if (provider.signIn !== undefined) subjects.push(signInSubject(provider, others));
  }
  return subjects;
}

function answerOf({ status, responseHeaders, body }: LoadedExchange): Answer {
  return { status, headers: { ...responseHeaders }, body };
}

function caseSubject(provider: Provider, fixture: Fixture, mode: Mode, others: readonly Answer[]): Subject {
  const { operation } = fixture.case;
  return {
    name: `${provider.id} ${fixture.name} ${operation ?? mode}`,
    answers: exchangesFor(fixture, mode).map(answerOf),
    others,
    signs: provider.authorize !== undefined,
    ...(operation === undefined
      ? {
          openChat: (answers) => ({
            connection: open(provider, fixture, { answers, seen: { events: [], observations: [], secrets: [] }, query: false }),
            request: requestOf(fixture),
          }),
        }
      : {}),
    async run({ answers, seen, query }) {
      const connection = open(provider, fixture, { answers, seen, query });
      try {
        if (operation !== undefined) seen.value = await runOperation(connection, operation, fixture);
        else if (mode === "generate") seen.response = await connection.generate(requestOf(fixture));
        else {
          const stream = connection.stream(requestOf(fixture));
          for await (const event of stream) seen.events.push(event);
          seen.response = await stream.response();
        }
      } finally {
        connection.close();
      }
    },
  };
}

function requestOf({ case: { model, request } }: Fixture): ChatRequest {
  return { messages: [{ role: "user", content: "Hello" }], ...request, model };
}

function runOperation(connection: Connection, operation: NonNullable<Fixture["case"]["operation"]>, fixture: Fixture): Promise<unknown> {
  return operation === "countTokens" ? connection.countTokens(requestOf(fixture)) : connection[operation]();
}

function open(provider: Provider, fixture: Fixture, { answers, seen, query }: Omit<Input, "json">): Connection {
  const { settings, options, apiKey } = fixture.case;
  const isPlainKey = provider.credential.kind === "api-key" && (apiKey === undefined || apiKey === "canary");
  const key = isPlainKey ? KEY : keyOf(fixture.case, provider);
  const base = options?.baseURL ?? provider.base;
  const hasQuery = query && base !== undefined;
  seen.secrets.push(HEADER_SECRET);
  if (isPlainKey) seen.secrets.push(KEY);
  else if (key !== undefined) seen.secrets.push(CANARY);
  if (hasQuery) seen.secrets.push(QUERY_SECRET);
  const given: ConnectOptions = {
    ...options,
    retry: { attempts: 1 },
    headers: { ...options?.headers, "x-tenant": HEADER_SECRET },
    fetch: fetchOf(answers),
    observe: (observation) => void seen.observations.push(observation),
    ...(key === undefined ? {} : { apiKey: key }),
    ...(settings === undefined ? {} : { settings }),
    ...(hasQuery ? { baseURL: `${base}?sig=${encodeURIComponent(QUERY_SECRET)}` } : {}),
  };
  return connect(provider, given);
}

/** A fetch that gives the answers in order, and the last one again and again. */
export function fetchOf(answers: readonly Answer[]): typeof fetch {
  let next = 0;
  return async (_input, init) => {
    init?.signal?.throwIfAborted();
    const { status, headers, body } = answers[Math.min(next++, answers.length - 1)] ?? { status: 500, headers: {}, body: new Uint8Array() };
    const isEmpty = status === 204 || status === 304;
    return new Response(isEmpty ? null : body, { status, headers });
  };
}

async function settingsSubject(provider: Provider, load: NonNullable<Provider["settings"]>): Promise<Subject> {
  const settings = await load();
  return {
    name: `${provider.id} settings`,
    answers: [],
    others: [],
    signs: false,
    async run({ json, seen }) {
      settings.validate(json);
      seen.value = settings.parse(json);
    },
  };
}

function signInSubject(provider: Provider, others: readonly Answer[]): Subject {
  const body = new TextEncoder().encode(JSON.stringify({ key: "fresh", api_key: "fresh", access_token: "fresh", user_id: "someone" }));
  return {
    name: `${provider.id} sign-in`,
    answers: [{ status: 200, headers: { "content-type": "application/json" }, body }],
    others,
    signs: false,
    async run({ answers, seen }) {
      seen.secrets.push(KEY);
      const session = await beginSignIn(provider, { callback: "http://127.0.0.1:9/callback", fetch: fetchOf(answers) });
      await session.finish(`${session.callback}?code=${encodeURIComponent(KEY)}`);
    },
  };
}
