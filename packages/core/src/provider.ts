/** What authors of providers and protocols need: the contract's types, `defineProvider`, and helpers shared by all protocols. */

export { withDegradation } from "./call/degradations.ts";
export { type BuiltResponse, type EventSink, ResponseBuilder } from "./call/response-builder.ts";
export { policyFor } from "./capabilities/check-request.ts";
export { defaultRoute } from "./capabilities/default-route.ts";
export { type EvidenceByCapability, registerEvidence } from "./capabilities/evidence.ts";
export { capabilitiesFor, findModel, matches } from "./capabilities/match.ts";
export { effortWord } from "./capabilities/reasoning.ts";
export { type ErrorCode, isLumiverseError, LumiverseError, type LumiverseErrorOptions } from "./chat/errors.ts";
export type { ChatEvent } from "./chat/event.ts";
export { definedFields, isObject, type JsonObject, type JsonSchema, ownValue, readNumber, type StandardJsonSchema } from "./chat/json.ts";
export { LongText } from "./chat/long-text.ts";
export { base64 } from "./chat/media.ts";
export * from "./chat/message.ts";
export type { Note, NoteKind } from "./chat/note.ts";
export { type PartSums, sumParts } from "./chat/part-sums.ts";
export type * from "./chat/request.ts";
export type * from "./chat/response.ts";
export { excerpt, hasParts, textOf, wellFormed, wordOf } from "./chat/text.ts";
export type * from "./chat/translation.ts";
export type { Cost, Usage } from "./chat/usage.ts";
export {
  type ContentSlot,
  type SimilarText,
  type SlotContent,
  type SpelledFields,
  type TokenCount,
  tokensOf,
  type VendorFields,
  type VendorFieldsReader,
  type VendorFieldsSource,
} from "./chat/vendor-fields.ts";
export type * from "./contract/call.ts";
export * from "./contract/capabilities.ts";
export type * from "./contract/http.ts";
export type * from "./contract/models.ts";
export type * from "./contract/operations.ts";
export * from "./contract/provider.ts";
export type * from "./contract/reader.ts";
export { isReportedFailure, ReportedFailure } from "./contract/reported-failure.ts";
export type { ServerInfo } from "./contract/server-info.ts";
export type * from "./contract/settings.ts";
export { endpoint, normalizeBaseURL } from "./http/base-url.ts";
export * from "./http/error-body.ts";
export { parseJson } from "./http/read-text.ts";
export { createSecretFinder, type SecretFinder } from "./http/secret-finder.ts";
export { headerSecrets, isShownHeader, keySecrets, querySecrets } from "./http/secrets.ts";
export { createSse, type SseFeed } from "./http/sse.ts";
export { clock, startTimer } from "./http/timer.ts";
export { withBody } from "./http/with-body.ts";
export { createRegistry, defineProvider, type Registry, register, registry } from "./registry.ts";
export { shortId } from "./request/ids.ts";
export { outputOf, parametersOf } from "./request/output.ts";
export { mergeParameters } from "./request/parameters.ts";
export * from "./request/tool-names.ts";
export { validateRequest } from "./request/validate.ts";
