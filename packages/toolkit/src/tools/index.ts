/** Tools with validated arguments, and the loop that runs them. */
export type { EventStream } from "../shared/event-stream.ts";
export type { SchemaPair, StandardValidator, TypedSchema } from "../shared/schema.ts";
export type { CostByCurrency } from "../shared/usage.ts";
export type { ApprovalAnswer, ApprovalDecision, ApprovalOptions, PendingCall } from "./approval.ts";
export { type ToolResult, toolResult } from "./result.ts";
export {
  type RunLimits,
  type RunState,
  type RunToolsOptions,
  runTools,
  type StepChange,
  type StopReason,
  type ToolRun,
  ToolRunError,
  type ToolRunEvent,
  type ToolRunResult,
} from "./run-tools.ts";
export { type RunnableTool, type ToolBehaviour, type ToolContext, type ToolOptions, type ToolResultContent, tool } from "./tool.ts";
