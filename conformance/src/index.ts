/** The conformance suite: judging providers and other libraries, reading and recording fixtures, and the replay server. */
export { type Check, CheckFailure, type Group, idOf } from "./checks/check.ts";
export type { SuiteOptions } from "./checks/checks.ts";
export { type ConformsOptions, conforms, type Runner, writeReport } from "./conforms.ts";
export {
  type Case,
  type Expect,
  exchangeHash,
  type Fixture,
  type HttpExchange,
  type LoadedExchange,
  type Provenance,
  parseCase,
  readFixture,
  readFixtures,
} from "./fixture/fixture.ts";
export { CANARY, keyOf } from "./fixture/keys.ts";
export { caseSchema } from "./fixture/schema.ts";
export type { Adapter, AdapterOptions, ChatClient, Subject } from "./play/subject.ts";
export { type RecordOptions, record } from "./record/record.ts";
export { rewriteCases } from "./record/write-expected.ts";
export { type ReplayOptions, type ReplayServer, replay } from "./replay/replay.ts";
export { evidenceOf, type JudgeOptions, judge, markdown, type Report, type Result } from "./report/report.ts";
