/** Requests that are made wrongly, and claims that are not true. */
import { type ChatRequest, type Provider, supportOf } from "@lumiverse/core";
import type { Fixture } from "./fixture.ts";
import { CANARY } from "./keys.ts";
import { body, fetching, type Mutant, protocol, routes } from "./mutant.ts";
import { capabilities } from "./schema.ts";
import { judged } from "./subject.ts";

const keyless = (fixtures: readonly Fixture[], provider: Provider): string | undefined =>
  provider.credential.kind === "none" ||
  fixtures.every(
    (fixture) => fixture.case.apiKey === "service-account" || typeof fixture.case.apiKey === "object" || fixture.case.apiKey === "none",
  )
    ? "no case has a key of one word"
    : undefined;

export const sendingMutants: readonly Mutant[] = [
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
    shows: {
      in: ({ case: { request } }) => request?.temperature !== undefined || request?.maxOutputTokens !== undefined,
      otherwise: "no case has temperature or maxOutputTokens",
    },
    break: protocol((inner) => ({ ...inner, render: (call) => inner.render({ ...call, request: without(call.request) }) })),
  },
  {
    id: "parameter-untaken",
    title: "a parameter that the model does not take is sent all the same",
    rules: ["probe"],
    idle: (fixtures, provider) =>
      untaken(fixtures, provider).length > 0 ? undefined : "no parameter is dropped: each is taken, or its fate is not known",
    break: routes((route, call) => ({
      ...route,
      protocol: {
        ...route.protocol,
        render(checked) {
          const rendered = route.protocol.render(checked);
          const { body: sent } = rendered.request;
          const leaked = SPARE.flatMap((field) => (call.request[field] === undefined ? [] : [[field, call.request[field]] as const]));
          return sent === undefined
            ? rendered
            : { ...rendered, request: { ...rendered.request, body: { ...sent, ...Object.fromEntries(leaked) } } };
        },
      },
    })),
  },
  {
    id: "render-throws",
    title: "arguments of an earlier call that are no JSON break the renderer",
    rules: ["properties: any request renders or is refused with a typed error"],
    break: protocol((inner) => ({
      ...inner,
      render(call) {
        for (const message of call.messages)
          if (typeof message.content !== "string")
            for (const part of message.content) if (part.type === "tool-call") JSON.parse(part.arguments);
        return inner.render(call);
      },
    })),
  },
  {
    id: "base-url-ignored",
    title: "an overridden base URL is not heard",
    rules: ["base URL"],
    idle: (_fixtures, provider) => (provider.base === undefined ? "it has no base URL of its own" : undefined),
    break: routes((route, _call, provider) => (provider.base === undefined ? route : { ...route, base: new URL(provider.base) })),
  },
  {
    id: "key-in-url",
    title: "the key is in the URL too",
    rules: ["canary"],
    idle: keyless,
    break: fetching((inner) => (input, init) => inner(`${String(input)}${String(input).includes("?") ? "&" : "?"}key=${CANARY}`, init)),
  },
  {
    id: "key-in-body",
    title: "the key is in the body too",
    rules: ["canary"],
    idle: keyless,
    break: fetching(
      (inner) => (input, init) =>
        inner(input, typeof init?.body === "string" ? { ...init, body: init.body.replace(/\}$/, `,"user":"${CANARY}"}`) } : init),
    ),
  },
  {
    id: "claim-too-much",
    title: "a capability is claimed that nothing shows",
    rules: ["claims"],
    idle: (fixtures) => (unshown(fixtures) === undefined ? "every capability there is is shown by a case" : undefined),
    break: (provider, fixtures) => {
      const capability = unshown(fixtures);
      return routes((route) => (capability === undefined ? route : { ...route, takes: { ...route.takes, [capability]: true } }))(provider);
    },
  },
  {
    id: "claim-too-little",
    title: "capabilities that cases show are denied",
    rules: ["claims"],
    break: routes((route) => ({ ...route, takes: Object.fromEntries(Object.keys(route.takes).map((capability) => [capability, false])) })),
  },
];

const SPARE = ["topK", "minP", "repetitionPenalty", "seed", "frequencyPenalty", "presencePenalty"] as const;
function untaken(fixtures: readonly Fixture[], provider: Provider): string[] {
  const who = judged(provider);
  return fixtures
    .filter((fixture) => fixture.name === "text" || fixture.name === "reasoning")
    .flatMap((fixture) => SPARE.filter((field) => supportOf(who.claims(fixture)[field]) === "no"));
}
/** One that no case shows, so that a claim of it has nothing to stand on, whatever the routes say of it now. */
function unshown(fixtures: readonly Fixture[]): (typeof capabilities)[number] | undefined {
  const shown = new Set(fixtures.flatMap((fixture) => fixture.case.claims));
  return capabilities.find((capability) => !shown.has(capability));
}
function without({ temperature: _temperature, maxOutputTokens: _maxOutputTokens, ...rest }: ChatRequest): ChatRequest {
  return rest;
}
