/** What an application needs. Authors of providers and protocols import from `@lumiverse/core/provider`. */

export type { Providers } from "@lumiverse/core/providers";
export type * from "./call/connection.ts";
export type { PriceList } from "./capabilities/cost.ts";
export { type FoundModel, find, type ModelQuery } from "./capabilities/find.ts";
export { supports } from "./capabilities/supports.ts";
export { type ErrorCode, isLumiverseError, LumiverseError, type LumiverseErrorOptions } from "./chat/errors.ts";
export type { ChatEvent } from "./chat/event.ts";
export type { JsonObject, JsonSchema, StandardJsonSchema, StandardResult } from "./chat/json.ts";
export { image } from "./chat/media.ts";
export type * from "./chat/message.ts";
export type { Note, NoteKind } from "./chat/note.ts";
export type * from "./chat/request.ts";
export type * from "./chat/response.ts";
export { textOf } from "./chat/text.ts";
export type { Cost, Usage } from "./chat/usage.ts";
export type {
  ContentSlot,
  SimilarText,
  SlotContent,
  SpelledFields,
  TokenCount,
  VendorFields,
  VendorFieldsReader,
  VendorFieldsSource,
} from "./chat/vendor-fields.ts";
export { connect, type ProviderArgument, type SettingsOf } from "./connect.ts";
export type { CachePlan, Unsupported, UnsupportedField, UnsupportedPolicy } from "./contract/call.ts";
export type {
  Capabilities,
  Capability,
  CapabilityClaim,
  CapabilityValue,
  Evidence,
  EvidenceKind,
  Support,
} from "./contract/capabilities.ts";
export type { Catalogue, DefaultModel, ModelInfo, Price, TokenPrices } from "./contract/models.ts";
export type { Account, KeyVerdict } from "./contract/operations.ts";
export type { Authorization, Credential, Provider } from "./contract/provider.ts";
export type { ServerInfo } from "./contract/server-info.ts";
export type * from "./contract/settings.ts";
export { createRegistry, type Registry, register, registry } from "./registry.ts";
export {
  beginSignIn,
  type FinishOptions,
  type PendingSignIn,
  resumeSignIn,
  type SignIn,
  type SignInKey,
  type SignInOptions,
} from "./sign-in.ts";
