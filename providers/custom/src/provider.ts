/**
 * Code beside data: any server of three wires, so the settings choose the wire and overrule what is known of the server; `servers.ts` holds what
 * nine of them do in their own way, `probe.ts` finds out which it is.
 */
import {
  type Call,
  defineProvider,
  type Facts,
  type LumiverseError,
  type Protocol,
  type Provider,
  type Recovery,
  type Route,
  type Rule,
} from "@lumiverse/core";
import { chatCompletions, type Dialect, layer, withoutParameters } from "@lumiverse/protocols/chat-completions";
import { messages } from "@lumiverse/protocols/messages";
import { responses } from "@lumiverse/protocols/responses";
import { operations } from "./operations.ts";
import { kindOf, plain, servers, styles } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";
import { version } from "./version.ts";

const TYPED = "typed by hand";

/** Any OpenAI-compatible server: LM Studio, Ollama, vLLM, a proxy of one's own. https://platform.openai.com/docs/api-reference/chat */
export const custom: Provider<CustomSettings> = defineProvider<CustomSettings>({
  id: "custom",
  name: "Custom",
  docs: "https://platform.openai.com/docs/api-reference/chat",
  version,
  contract: 1,
  // There is no vendor whose origin it could be, so the environment is never read: the variable names what to put into `apiKey`.
  credential: { kind: "api-key", required: false, env: "CUSTOM_API_KEY" },
  settings: () => import("./settings.ts").then((module) => module.settings),
  catalogue: async (given) => ({ date: "", source: TYPED, models: (given?.models ?? []).map((id) => ({ id, source: TYPED })) }),
  evidence: () => import("./evidence.ts").then((module) => module.evidence),
  route,
  operations,
  recover: (error: LumiverseError, call: Call<CustomSettings>): Recovery<CustomSettings> | undefined => withoutParameters(error, call),
});

function route(call: Call<CustomSettings>): Route {
  const { settings, facts } = call;
  const server = servers[kindOf(call)];
  const chat = (settings.protocol ?? "chat-completions") === "chat-completions";
  // A connection always has a base; questions about facts alone come without one.
  const base = call.baseURL ?? new URL("http://localhost:8080/v1");
  const share = facts?.contextTokens === undefined ? undefined : server.outputShare;
  const route: Route = {
    protocol: edited(protocolOf(settings, server.dialect), settings),
    base,
    takes: { ...(chat ? server.takes : server.beside), ...factsOf(settings) },
  };
  if (settings.headers !== undefined) route.headers = settings.headers;
  if (settings.streaming !== undefined) route.streaming = settings.streaming;
  if (share !== undefined) route.rules = [outputRule(Math.floor((facts?.contextTokens ?? 0) * share))];
  return route;
}

function protocolOf(settings: Partial<CustomSettings>, server: Dialect): Protocol {
  // Nothing is encrypted or kept by a server of one's own, and unknown beta words are refused.
  if (settings.protocol === "responses")
    return responses({ systemRole: "system", include: "none", summary: "omit", schema: { without: [] } });
  if (settings.protocol === "messages") return messages({ betas: "never", cache: "marks", unsigned: "send" });
  return chatCompletions(layer(layer(plain, server), fromSettings(settings)));
}

function fromSettings(settings: Partial<CustomSettings>): Dialect {
  const { maxTokensField, systemRole, systemPlace, alternation, images, toolImages, toolResultName, usageInStream, strictSchemas } =
    settings;
  const { reasoningStyle, reasoningReplay, reasoningField } = settings;
  const given: { [K in keyof Dialect]: Dialect[K] | undefined } = {
    maxTokens: maxTokensField,
    systemRole,
    systemPlace,
    alternation,
    images,
    toolImages,
    toolResultName,
    streamOptions: usageInStream,
    strict: strictSchemas === undefined ? undefined : strictSchemas ? "send" : "omit",
    reasoning: {
      ...(reasoningStyle === undefined ? {} : styles[reasoningStyle]),
      ...(reasoningReplay === undefined ? {} : { replay: reasoningReplay }),
      ...(reasoningField === undefined ? {} : { replayField: reasoningField }),
    },
  };
  // What is not set must not hide what the server says.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Dialect;
}

function factsOf({ structuredOutput, reasoningStyle }: Partial<CustomSettings>): Facts {
  return {
    ...(structuredOutput === "schema" ? { "output.schema": true } : {}),
    ...(structuredOutput === "json" ? { "output.schema": false, "output.json": true } : {}),
    ...(structuredOutput === "prompt" ? { "output.schema": false, "output.json": false, "toolChoice.named": false } : {}),
    ...(reasoningStyle === "none" ? { reasoning: false } : {}),
    ...(reasoningStyle === "thinking" || reasoningStyle === "enable-thinking" ? { "reasoning.budget": true } : {}),
  };
}

/** KoboldCpp keeps room for the whole output and cuts the prompt for it, in silence. */
function outputRule(most: number): Rule {
  return {
    field: "maxOutputTokens",
    when: () => true,
    then: "clamp",
    value: [1, most],
    because: "a longer output would take the prompt's place in the server's window",
  };
}

/** Fields that a person adds or keeps out, whatever the wire. */
function edited(protocol: Protocol, { includeBody, excludeBody = [] }: Partial<CustomSettings>): Protocol {
  if (includeBody === undefined && excludeBody.length === 0) return protocol;
  return {
    ...protocol,
    render(call) {
      const rendered = protocol.render(call);
      const body = rendered.request.body ?? {};
      for (const key of Object.keys(includeBody ?? {})) if (!Object.hasOwn(body, key)) body[key] = includeBody?.[key];
      for (const key of excludeBody) {
        if (!Object.hasOwn(body, key)) continue;
        delete body[key];
        rendered.notes.push({ kind: "dropped", field: key, message: `excludeBody keeps ${key} out of requests to this server` });
      }
      return rendered;
    },
  };
}
