/** A provider for an application's own tests. */
export { type Mock, type MockOptions, mock } from "./mock.ts";
export type { MockAnswer, MockDelivery, MockFailure, MockReply, MockRequest, MockToolCall } from "./script.ts";
