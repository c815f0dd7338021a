export { type AiSdkModel, type AiSdkOptions, fromAiSdk } from "./ai-sdk.ts";
export { type Check, CheckFailure, type Group, idOf } from "./check.ts";
export { checks, type SuiteOptions } from "./checks.ts";
export { claimed, notShown, required } from "./claims.ts";
export { type ConformsOptions, conforms, type Runner, writeReport } from "./conforms.ts";
export { type CorpusOptions, type CorpusRow, replayCorpus, replayedEvidence } from "./corpus.ts";
export { type Disguise, disguises } from "./disguises.ts";
export { type Fault, faults, type Right } from "./faults.ts";
export {
  type Case,
  type Exchange,
  type Expect,
  exchangeHash,
  type Fixture,
  type LoadedExchange,
  type Provenance,
  parseCase,
  readFixture,
  readFixtures,
} from "./fixture.ts";
export { CANARY, keyOf } from "./keys.ts";
export type { Mutant, Rule } from "./mutant.ts";
export { runMutants, type Verdict } from "./mutant-run.ts";
export { mutantTable } from "./mutant-table.ts";
export { mutants } from "./mutants.ts";
export { type Recorder, type RecordOptions, record } from "./record.ts";
export { type ReplayOptions, type ReplayServer, replay } from "./replay.ts";
export { evidenceOf, faultTable, type JudgeOptions, judge, markdown, type Report, type Result } from "./report.ts";
export { caseSchema } from "./schema.ts";
export type { Adapter, AdapterOptions, Subject, Talk } from "./subject.ts";
export { writeGolden } from "./write.ts";
