/** Mutants that send wrong requests or make false claims. */

import { allCapabilities, CANARY, type Fixture, type TestedSubject, testedSubject } from "@lumiverse/conformance/internals";
import { type CheckedRequest, type Provider, supportOf } from "@lumiverse/core/provider";
import { changingBody, changingFetch, changingProtocol, changingRoute, type Mutant } from "./mutant.ts";

const withoutPlainKey = (fixtures: readonly Fixture[], provider: Provider): string | undefined =>
  provider.credential.kind === "none" ||
  fixtures.every(
    (fixture) => fixture.case.apiKey === "service-account" || typeof fixture.case.apiKey === "object" || fixture.case.apiKey === "none",
  )
    ? "no case uses a plain API key"
    : undefined;

const withoutApiKey = (_fixtures: readonly Fixture[], { credential }: Provider): string | undefined =>
  credential.kind === "api-key" ? undefined : "its credential is not an API key";

type ApiKey = Extract<Provider["credential"], { kind: "api-key" }>;

function changingCredential(change: (credential: ApiKey) => ApiKey): (provider: Provider) => TestedSubject {
  return (provider) =>
    testedSubject(provider.credential.kind === "api-key" ? { ...provider, credential: change(provider.credential) } : provider);
}

/** The mutants of requests and claims. */
export const sendingMutants: readonly Mutant[] = [
  {
    id: "parameter-leak",
    title: "a parameter is sent that was not requested",
    rules: ["golden"],
    apply: changingBody((sent) => ({ ...sent, presence_penalty: 0.1 })),
  },
  {
    id: "key-order",
    title: "the keys of the body are in a different order",
    rules: ["golden"],
    apply: changingBody((sent) => Object.fromEntries(Object.entries(sent).reverse())),
  },
  {
    id: "parameter-lost",
    title: "a supported parameter is not sent",
    rules: ["golden", "probe"],
    visibleIn: {
      in: ({ case: { request } }) => request?.temperature !== undefined || request?.maxOutputTokens !== undefined,
      otherwise: "no case has temperature or maxOutputTokens",
    },
    apply: changingProtocol((inner) => ({ ...inner, render: (call) => inner.render({ ...call, request: withoutSampling(call.request) }) })),
  },
  {
    id: "parameter-unsupported",
    title: "an unsupported parameter is sent",
    rules: ["probe"],
    notApplicable: (fixtures, provider) =>
      unsupportedFields(fixtures, provider).length > 0 ? undefined : "the model's routes claim no unsupported parameter",
    apply: changingRoute((route, call) => ({
      ...route,
      protocol: {
        ...route.protocol,
        render(checked) {
          const rendered = route.protocol.render(checked);
          const { body: sent } = rendered.request;
          const leaked = TUNING_FIELDS.flatMap((field) =>
            call.request[field] === undefined ? [] : [[field, call.request[field]] as const],
          );
          return sent === undefined
            ? rendered
            : { ...rendered, request: { ...rendered.request, body: { ...sent, ...Object.fromEntries(leaked) } } };
        },
      },
    })),
  },
  {
    id: "render-throws",
    title: "the renderer crashes on tool results that are a list of parts",
    rules: ["properties: any request renders or is refused with a typed error"],
    apply: changingProtocol((inner) => ({
      ...inner,
      render(call) {
        for (const message of call.messages)
          if (typeof message.content !== "string")
            for (const part of message.content) if (part.type === "tool-result") (part.content as string).trim(); // the fault: a list has no such method
        return inner.render(call);
      },
    })),
  },
  {
    id: "base-url-ignored",
    title: "an overridden base URL is ignored",
    rules: ["base URL"],
    notApplicable: (_fixtures, provider) => (provider.base === undefined ? "the provider has no default base URL" : undefined),
    apply: changingRoute((route, _call, provider) => (provider.base === undefined ? route : { ...route, base: new URL(provider.base) })),
  },
  {
    id: "key-in-url",
    title: "the key is in the URL too",
    rules: ["canary"],
    notApplicable: withoutPlainKey,
    apply: changingFetch(
      (inner) => (input, init) => inner(`${String(input)}${String(input).includes("?") ? "&" : "?"}key=${CANARY}`, init),
    ),
  },
  {
    id: "key-elsewhere",
    title: "the key is in another header than the host expects",
    rules: ["golden", "canary"],
    notApplicable: withoutApiKey,
    apply: changingCredential((credential) => ({ ...credential, header: "x-other-key" })),
  },
  {
    id: "key-prefix",
    title: "another word is before the key",
    rules: ["golden", "canary"],
    notApplicable: withoutApiKey,
    apply: changingCredential((credential) => ({ ...credential, prefix: "Token " })),
  },
  {
    id: "key-encoded",
    title: "the key is sent in base64, as a user's name and password are",
    rules: ["canary"],
    notApplicable: withoutPlainKey,
    apply: changingFetch((inner) => (input, init) => {
      const headers = Object.entries(Object.fromEntries(new Headers(init?.headers)));
      const encoded = headers.map(([name, value]) => [name, value.includes(CANARY) ? `Basic ${btoa(CANARY)}` : value]);
      return inner(input, { ...init, headers: Object.fromEntries(encoded) });
    }),
  },
  {
    id: "key-twice",
    title: "the key is in a second header too, in base64",
    rules: ["canary"],
    notApplicable: withoutPlainKey,
    apply: changingFetch(
      (inner) => (input, init) =>
        inner(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), "x-user": btoa(CANARY) } }),
    ),
  },
  {
    id: "credential-none",
    title: "the provider says that its host has no keys",
    rules: ["credential: a key is needed if and only if the provider says so"],
    apply: (provider) => testedSubject({ ...provider, credential: { kind: "none" } }),
  },
  {
    id: "credential-turned-over",
    title: "the provider says that a key is required if it is not, and the reverse",
    rules: ["credential: a key is needed if and only if the provider says so"],
    notApplicable: withoutApiKey,
    apply: changingCredential((credential) => ({ ...credential, required: !credential.required })),
  },
  {
    id: "variable-of-another-vendor",
    title: "the key comes from the environment variable of another vendor",
    rules: ["credential: the environment variable belongs to the host"],
    notApplicable: withoutApiKey,
    apply: changingCredential((credential) => ({
      ...credential,
      env: credential.env === "COHERE_API_KEY" ? "HF_TOKEN" : "COHERE_API_KEY",
    })),
  },
  {
    id: "key-in-body",
    title: "the key is in the body too",
    rules: ["canary"],
    notApplicable: withoutPlainKey,
    apply: changingFetch(
      (inner) => (input, init) =>
        inner(input, typeof init?.body === "string" ? { ...init, body: init.body.replace(/\}$/, `,"user":"${CANARY}"}`) } : init),
    ),
  },
  {
    id: "claim-too-much",
    title: "a capability is claimed that no case shows",
    rules: ["claims"],
    notApplicable: (fixtures) => (undemonstrated(fixtures) === undefined ? "every capability is shown by a case" : undefined),
    apply: (provider, fixtures) => {
      const capability = undemonstrated(fixtures);
      return changingRoute((route) =>
        capability === undefined ? route : { ...route, capabilities: { ...route.capabilities, [capability]: true } },
      )(provider);
    },
  },
  {
    id: "claim-too-little",
    title: "capabilities that cases show are not claimed",
    rules: ["claims"],
    apply: changingRoute((route) => ({
      ...route,
      capabilities: Object.fromEntries(Object.keys(route.capabilities).map((capability) => [capability, false])),
    })),
  },
];

const TUNING_FIELDS = ["topK", "minP", "repetitionPenalty", "seed", "frequencyPenalty", "presencePenalty"] as const;
function unsupportedFields(fixtures: readonly Fixture[], provider: Provider): string[] {
  const subject = testedSubject(provider);
  return fixtures
    .filter((fixture) => fixture.name === "text" || fixture.name === "reasoning")
    .flatMap((fixture) => TUNING_FIELDS.filter((field) => supportOf(subject.claims(fixture)[field]) === "no"));
}
/** A capability that no case shows, so that claiming it must fail. */
function undemonstrated(fixtures: readonly Fixture[]): (typeof allCapabilities)[number] | undefined {
  const shown = new Set(fixtures.flatMap((fixture) => fixture.case.claims));
  return allCapabilities.find((capability) => !shown.has(capability));
}
function withoutSampling({ temperature: _temperature, maxOutputTokens: _maxOutputTokens, ...rest }: CheckedRequest): CheckedRequest {
  return rest;
}
