import { isConnectionsError } from "@lumiverse/connections";
import { isLumiverseError, LumiverseError } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import type { ChatCall } from "../calls/chat-call.ts";
import type { ChatCalls } from "../calls/chat-calls.ts";
import type { RunningCalls } from "../calls/running-calls.ts";
import type { InboundProtocol, InboundProtocolId } from "../inbound/protocol.ts";
import type { VirtualKey } from "../keys/key.ts";
import type { Directory } from "../routing/directory.ts";
import { nextTurn } from "../timers.ts";
import { answerHeaders, errorHeaders, wholeAnswerHeaders } from "./answer-headers.ts";
import { apiPath } from "./api-path.ts";
import { authenticate, removeSecrets } from "./client-key.ts";
import { countTokens } from "./count-tokens.ts";
import type { FetchContext } from "./fetch-context.ts";
import { contentTypeRefusal } from "./guard.ts";
import { jsonAnswer } from "./json-answer.ts";
import type { Metrics } from "./metrics.ts";
import { anthropicList, anthropicModel, geminiList, geminiModel, openaiList, openaiModel } from "./model-list.ts";
import type { ModelNames } from "./model-names.ts";
import { neutralError, neutralResponse, neutralStream, parseNeutral } from "./neutral-chat.ts";
import { type BodyOptions, readJson } from "./read-body.ts";
import { type StreamTiming, streamAnswer } from "./stream-answer.ts";

export interface AppOptions {
  protocols: Readonly<Record<InboundProtocolId, InboundProtocol>>;
  calls: ChatCalls;
  directory: Directory;
  models: ModelNames;
  running: RunningCalls;
  metrics: Metrics | undefined;
  keysRequired: boolean;
  /** The contexts that were given with requests. */
  contexts: WeakMap<Request, FetchContext>;
  body: BodyOptions;
  timing: StreamTiming;
  now: () => number;
  /** Receives errors that are mistakes of the gateway. */
  onError: (error: unknown) => void;
}

/** What the path says about a call. */
interface PathFields {
  model?: string;
  stream?: boolean;
  alt?: string;
}

/** The routes of the gateway. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono({ getPath: (request) => apiPath(getPath(request)) });
  const { protocols } = options;
  const chat = (protocol: InboundProtocol) => (context: { req: { raw: Request } }) => answerChat(context.req.raw, protocol, {}, options);
  for (const base of ["/v1", ""]) {
    app.post(`${base}/chat/completions`, chat(protocols["chat-completions"]));
    app.post(`${base}/responses`, chat(protocols.responses));
    app.post(`${base}/messages`, chat(protocols.messages));
  }
  for (const path of ["/v1/messages/count_tokens", "/messages/count_tokens"])
    app.post(path, ({ req }) => answerCount(req.raw, protocols.messages, {}, options));
  for (const base of ["/v1beta", "/v1", ""]) {
    app.get(`${base}/models`, ({ req }) => answerModels(req.raw, undefined, options));
    app.get(`${base}/models/*`, ({ req }) => answerModels(req.raw, decodePath(pathOf(req.raw).slice(`${base}/models/`.length)), options));
  }
  app.post("/lumiverse/v1/chat", ({ req }) => answerNeutral(req.raw, options));
  app.get("/health/live", () => Response.json({ status: "ok" }));
  app.get("/health/ready", () => answerReadiness(options));
  app.get("/metrics", ({ req }) => answerMetrics(req.raw, options));
  for (const version of ["/v1beta", "/v1"])
    app.post(`${version}/*`, ({ req }) => {
      const path = readModelPath(pathOf(req.raw).slice(version.length));
      return path === undefined ? notFound(req.raw, protocols) : answerGemini(req.raw, path, options);
    });
  app.notFound(({ req }) => notFound(req.raw, protocols));
  app.onError((cause, { req }) => answerError(cause, protocolOf(req.path, req.raw.headers, protocols), options));
  return app;
}

/** `/models/model:method`. The model may contain slashes and colons. Google's older client leaves `models/` out for a model with a slash. */
function readModelPath(path: string): { model: string; method: string } | undefined {
  const decoded = decodePath(path);
  const colon = decoded.lastIndexOf(":");
  const model = decoded.slice(0, Math.max(0, colon)).replace(/^(?:\/models)*\//, "");
  return model === "" ? undefined : { model, method: decoded.slice(colon + 1) };
}

function pathOf({ url }: Request): string {
  return apiPath(new URL(url).pathname);
}

/** Undecodable escapes stay as they are: no model has such a name. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function answerGemini(
  request: Request,
  { model, method }: { model: string; method: string },
  options: AppOptions,
): Promise<Response> {
  const protocol = options.protocols["generate-content"];
  const alt = new URL(request.url).searchParams.get("alt");
  const fields: PathFields = { model, ...(alt === null ? {} : { alt }) };
  switch (method) {
    case "generateContent":
      return answerChat(request, protocol, { ...fields, stream: false }, options);
    case "streamGenerateContent":
      return answerChat(request, protocol, { ...fields, stream: true }, options);
    case "countTokens":
      return answerCount(request, protocol, fields, options);
    default:
      return notFound(request, options.protocols);
  }
}

interface ReadRequest {
  key: VirtualKey | undefined;
  body: unknown;
  /** Each step of work on it takes long, so others are served between the steps. */
  isLong: boolean;
}

/** The key and the body of a request. @throws LumiverseError */
async function readRequest(request: Request, options: AppOptions): Promise<ReadRequest> {
  const refusal = contentTypeRefusal(request);
  if (refusal !== undefined) throw new LumiverseError({ code: "permission", status: 403, ...refusal, retryable: false });
  const key = await authenticate(request, options.directory, { required: options.keysRequired, now: options.now });
  const { value, isLong } = await readJson(request, key?.id, options.body);
  if (isLong) await nextTurn();
  return { key, body: value, isLong };
}

async function answerChat(request: Request, protocol: InboundProtocol, path: PathFields, options: AppOptions): Promise<Response> {
  const arrivedAt = options.now();
  let call: ChatCall | undefined;
  try {
    const { key, body, isLong } = await readRequest(request, options);
    const parsed = protocol.parse({ body, headers: removeSecrets(request.headers), countsUsage: true, ...path });
    if (isLong) await nextTurn();
    call = await options.calls.open({
      protocol: protocol.id,
      model: parsed.model,
      request: parsed.request,
      streamed: parsed.stream,
      key,
      arrivedAt,
      canRestart: false,
      signal: request.signal,
      context: options.contexts.get(request),
    });
    const { id } = call;
    const head = {
      id,
      createdAt: arrivedAt,
      estimateInput: () => call?.estimateInput() ?? 0,
      renamesModel: () => call?.renamesModel === true,
      hidesVendor: !call.showsTarget,
      payloadTag: () => call?.payloadTag,
    };
    if (parsed.stream) return await streamAnswer(call, protocol.openStream(parsed, head), options.timing);
    const answered = call;
    return await answered.generate((response) =>
      jsonAnswer(protocol.body(parsed, response, head), 200, wholeAnswerHeaders(answered, response)),
    );
  } catch (cause) {
    const error = failureOf(cause, call, options);
    const written = protocol.error(error);
    const headers = { ...written.headers, ...errorHeaders(error, call), ...(call === undefined ? {} : answerHeaders(call, error.notes)) };
    return jsonAnswer(written.body, written.status, headers);
  }
}

async function answerNeutral(request: Request, options: AppOptions): Promise<Response> {
  const arrivedAt = options.now();
  let call: ChatCall | undefined;
  try {
    const { key, body, isLong } = await readRequest(request, options);
    const { model, request: asked, stream } = parseNeutral(body);
    if (isLong) await nextTurn();
    call = await options.calls.open({
      protocol: "lumiverse",
      model,
      request: asked,
      streamed: stream,
      key,
      arrivedAt,
      canRestart: true,
      signal: request.signal,
      context: options.contexts.get(request),
    });
    if (stream) return neutralStream(call, options.timing.heartbeatMs);
    const answered = call;
    return await answered.generate((response) =>
      jsonAnswer({ response: neutralResponse(answered, response) }, 200, wholeAnswerHeaders(answered, response)),
    );
  } catch (cause) {
    const error = failureOf(cause, call, options);
    const { status, body } = neutralError(error);
    return jsonAnswer(body, status, { ...errorHeaders(error, call), ...(call === undefined ? {} : answerHeaders(call, error.notes)) });
  }
}

/** Counts the tokens of a request. Nothing is generated, and the ledger has no row. */
async function answerCount(request: Request, protocol: InboundProtocol, path: PathFields, options: AppOptions): Promise<Response> {
  try {
    const { key, body, isLong } = await readRequest(request, options);
    // Gemini's clients may send the whole request inside of a field.
    const inner = isObject(body) && isObject(body["generateContentRequest"]) ? body["generateContentRequest"] : body;
    const parsed = protocol.parse({ body: inner, headers: removeSecrets(request.headers), ...path });
    if (isLong) await nextTurn();
    const { target, connection, request: counted } = await options.calls.firstTarget(parsed.model, key, parsed.request);
    const { tokens, from } = await countTokens(connection, counted, target, request.signal);
    const count = protocol.id === "generate-content" ? { totalTokens: tokens } : { input_tokens: tokens };
    return jsonAnswer(count, 200, { "x-lumiverse-token-count": from });
  } catch (cause) {
    return answerError(cause, protocol, options);
  }
}

/** The models that the client can name, in the shape of its protocol. Anthropic's clients are recognised by their version header. */
async function answerModels(request: Request, id: string | undefined, options: AppOptions): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const protocol = protocolOf(pathOf(request), request.headers, options.protocols);
  try {
    const key = await authenticate(request, options.directory, { required: options.keysRequired, now: options.now });
    const models = await options.models.list(await options.directory.names(), key, request.signal);
    const shape = SHAPES[protocol.id];
    if (id === undefined) return Response.json(shape.list(models, searchParams));
    const model = models.find((one) => one.id === id) ?? models.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (model !== undefined) return Response.json(shape.one(model));
    throw new LumiverseError({
      code: "model-not-found",
      status: 404,
      message: `there is no model "${id.slice(0, 200)}"`,
      field: "model",
      retryable: false,
    });
  } catch (cause) {
    return answerError(cause, protocol, options);
  }
}

const OPENAI = { one: openaiModel, list: openaiList };
const SHAPES = {
  "chat-completions": OPENAI,
  responses: OPENAI,
  messages: { one: anthropicModel, list: anthropicList },
  "generate-content": { one: geminiModel, list: geminiList },
};

function answerError(cause: unknown, protocol: InboundProtocol, options: AppOptions): Response {
  const error = failureOf(cause, undefined, options);
  const written = protocol.error(error);
  return jsonAnswer(written.body, written.status, { ...written.headers, ...errorHeaders(error, undefined) });
}

/** What a client may see of a failure. A mistake of the gateway is reported to its operator. */
function failureOf(cause: unknown, call: ChatCall | undefined, { onError }: AppOptions): LumiverseError {
  if (isConnectionsError(cause) && cause.code === "invalid")
    return new LumiverseError({ code: "invalid-request", status: 400, message: cause.message, retryable: false });
  if (!isLumiverseError(cause)) onError(cause);
  if (call !== undefined) return call.fail(cause);
  if (isLumiverseError(cause)) return cause;
  return new LumiverseError({ code: "server", status: 500, message: "the gateway failed", retryable: false });
}

/** Depends on no vendor and no database. Names are for those who have a key, so targets that are missing are counted. */
function answerReadiness({ running, directory }: AppOptions): Response {
  if (running.draining) return Response.json({ status: "shutting down" }, { status: 503 });
  const missing = directory.missingTargets().length;
  return Response.json({ status: "ok", ...(missing === 0 ? {} : { missingTargets: missing }) });
}

/** Metrics name all connections, and what each of them costs. So a virtual key that may not see targets may not read them. */
async function answerMetrics(request: Request, { metrics, directory, keysRequired, now }: AppOptions): Promise<Response> {
  if (metrics === undefined) return Response.json({ error: { message: "metrics are switched off" } }, { status: 404 });
  try {
    const key = await authenticate(request, directory, { required: keysRequired, now });
    if (key !== undefined && !key.seesTargets)
      throw new LumiverseError({
        code: "permission",
        status: 403,
        message: `the key "${key.name}" may not read the metrics`,
        hint: "Metrics name all connections. Use a key with seesTargets",
        retryable: false,
      });
  } catch (cause) {
    const { status, body } = neutralError(cause);
    return Response.json(body, { status });
  }
  const { contentType, text } = await metrics.read();
  return new Response(text, { headers: { "content-type": contentType } });
}

function notFound(request: Request, protocols: AppOptions["protocols"]): Response {
  const { pathname } = new URL(request.url);
  const error = new LumiverseError({
    code: "not-found",
    status: 404,
    message: `there is no ${request.method} ${pathname.slice(0, 200)}`,
    hint: "The gateway serves /v1/chat/completions, /v1/responses, /v1/messages, /v1/models and /v1beta/models",
    retryable: false,
  });
  const written = protocolOf(apiPath(pathname), request.headers, protocols).error(error);
  return jsonAnswer(written.body, written.status, { "x-should-retry": "false" });
}

/** The protocol in whose shape a client of this path expects errors. */
export function protocolOf(pathname: string, headers: Headers, protocols: AppOptions["protocols"]): InboundProtocol {
  // Gemini's newer clients list models under /v1, like OpenAI's.
  if (pathname.startsWith("/v1beta/") || headers.has("x-goog-api-client") || headers.has("x-goog-api-key"))
    return protocols["generate-content"];
  if (headers.has("anthropic-version") || /\/messages(\/|$)/.test(pathname)) return protocols.messages;
  return /\/responses(\/|$)/.test(pathname) ? protocols.responses : protocols["chat-completions"];
}
