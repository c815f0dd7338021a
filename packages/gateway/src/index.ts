/** One address that any OpenAI, Anthropic or Gemini client can use, over every saved connection. `@lumiverse/gateway/node` adds the server. */
export type { GatewayConfig, GatewayConfigOptions } from "./config/config.ts";
export { readGatewayConfig } from "./config/read-config.ts";
export { createGateway } from "./create-gateway.ts";
export type { Gateway, GatewayOptions, MountedHandler, RequestTracer } from "./gateway.ts";
export type {
  AnswerHead,
  ClientRequest,
  InboundProtocol,
  InboundProtocolId,
  ParsedRequest,
  StreamWriter,
  WrittenBody,
} from "./inbound/protocol.ts";
export type { KeyChanges, KeyInput, KeyLimits, Keys, KeyUse, VirtualKey } from "./keys/key.ts";
export type { ManagementKey, ManagementKeyInput, ManagementKeys } from "./keys/management-key.ts";
export { PERMISSIONS, type Permission } from "./keys/permissions.ts";
export type {
  Call,
  CallAttempt,
  CallCost,
  CallPage,
  CallQuery,
  CallState,
  Ledger,
  UsageGroup,
  UsageQuery,
  UsageReports,
  UsageRow,
} from "./ledger/call.ts";
export type { CallEnd, CallStart } from "./ledger/call-row.ts";
export type { Alias, Aliases, AliasInput, AliasPolicy, AliasTarget, TargetOptions } from "./routing/alias.ts";
export type { MissingTarget } from "./routing/missing-targets.ts";
export type { ClientContext, FetchContext } from "./server/fetch-context.ts";
export { LOOPBACK_HOSTS } from "./server/guard.ts";
export type { Metrics } from "./server/metrics.ts";
export type { Decoder } from "./server/read-body.ts";
export type { Sessions, SignIns } from "./sessions/session.ts";
export { type GatewayRead, type GatewayStore, type GatewayWrite, openGatewayStore } from "./store/store.ts";
export type { GatewayTables } from "./store/tables.ts";
export { estimateTokens } from "./tokens/estimate.ts";
