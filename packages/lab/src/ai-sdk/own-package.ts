/** This repository's package for the AI SDK, judged as the vendors' packages are: once over each of several providers. */
import { languageModel } from "@lumiverse/ai-sdk";
import type { Adapter, Fixture } from "@lumiverse/conformance/internals";
import { connect } from "@lumiverse/core";
import type { Installed } from "../providers/provider-packages.ts";
import { fromAiSdk } from "./adapter.ts";
import { dependsOnAnswersAlone } from "./packages.ts";

export const OWN_PACKAGE = "@lumiverse/ai-sdk";

/** How the package is judged over a provider. */
interface OwnSubject {
  /** The protocol of its answers. Default `chat-completions`. */
  protocol?: string;
  /** Settings of its connection. */
  settings?: object;
  /** The end of the URLs to which its requests go, where cases have others. */
  path?: string;
}

/** The providers: those whose vendors' packages are judged, and one for each protocol. */
export const ownSubjects: Readonly<Record<string, OwnSubject>> = {
  chutes: {},
  groq: {},
  deepseek: {},
  mistral: {},
  xai: { path: "/chat/completions" },
  perplexity: {},
  openrouter: {},
  // Behind an overridden base URL, where the faults are, it would choose Chat Completions.
  openai: { protocol: "responses", settings: { api: "responses" }, path: "/responses" },
  anthropic: { protocol: "messages" },
  google: { protocol: "generate-content" },
};

/** Cases to leave out, because the package does not decide their result, each with the reason. */
const LEAVE: Readonly<Record<string, string>> = {
  "anthropic/spliced": "the SDK's streams cannot remove text; the package ends such a stream with an error",
  "openai/output-not-json": "the SDK validates structured output itself, so the package returns the text",
};

/** Who limits the time of a call: the SDK, whose limits abort the model, or the connection, whose limits are errors. */
export type TimeLimits = "sdk" | "connection";

/**
 * The package over a provider, opened as its guide says: the SDK's side repeats failed calls, and the connection repeats only what it changes because a host
 * refused it. Where a case allows one request, it does not do that either.
 */
export function ownSubject({ id, provider }: Pick<Installed, "id" | "provider">, timeLimits: TimeLimits = "sdk"): Adapter {
  const { protocol, settings } = ownSubjects[id] ?? {};
  return fromAiSdk({
    id: `${OWN_PACKAGE} (${id})`,
    claims: { streaming: true, tools: true },
    ...(protocol === undefined ? {} : { protocol }),
    ...(provider.base === undefined ? {} : { base: provider.base }),
    model: (modelId, { fetch, baseURL, apiKey, limits, timeouts, retry }) =>
      languageModel(
        connect(provider, {
          fetch,
          retry: typeof retry === "object" && retry.attempts === 1 ? retry : false,
          ...(settings === undefined ? {} : { settings }),
          ...(baseURL === undefined ? {} : { baseURL }),
          ...(apiKey === undefined ? {} : { apiKey }),
          ...(limits === undefined ? {} : { limits }),
          ...(timeouts === undefined || timeLimits === "sdk" ? {} : { timeouts }),
        }),
        modelId,
        { retries: "sdk" },
      ),
  });
}

/** True if a case applies: its connection has no settings, and the SDK's prompt can express its files. */
export function isForOwnPackage(id: string, fixture: Fixture): boolean {
  const { case: one, exchanges, name } = fixture;
  if (LEAVE[`${id}/${name}`] !== undefined || !dependsOnAnswersAlone(fixture)) return false;
  if (one.settings !== undefined || one.options !== undefined || hasUploadedFile(fixture)) return false;
  const { path } = ownSubjects[id] ?? {};
  return path === undefined || exchanges.every(({ url }) => new URL(url).pathname.endsWith(path));
}

/** True for a file by its id, which only the SDK's own upload can reference. */
function hasUploadedFile({ case: one }: Fixture): boolean {
  const urls = JSON.stringify(one.request?.messages).matchAll(/"url":"([^"]*)"/g);
  return [...urls].some(([, url]) => !URL.canParse(url ?? ""));
}
