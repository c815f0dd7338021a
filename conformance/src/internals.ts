/** The parts of the suite, for this repository's own tools. They can change in any version, and the tests of a provider do not need them. */
export { type Check, check, type Group, idOf } from "./checks/check.ts";
export { checks, checksOf, type SuiteOptions } from "./checks/checks.ts";
export { writeReport } from "./conforms.ts";
export { type Fault, type FaultOutcome, faults } from "./faults/faults.ts";
export {
  type Case,
  type Expect,
  exchangeHash,
  exchangesFor,
  type Fixture,
  type LoadedExchange,
  modesOf,
  readFixtures,
} from "./fixture/fixture.ts";
export { CANARY, serviceAccount } from "./fixture/keys.ts";
export { allCapabilities } from "./fixture/schema.ts";
export { partFaults, preview } from "./play/compare.ts";
export { drained } from "./play/local-server.ts";
export { memoryFetch, type SentRequest } from "./play/memory-fetch.ts";
export { pieces, random } from "./play/packets.ts";
export { describeEnd, errorOf, type Mode, play, type Turn } from "./play/play.ts";
export {
  type Adapter,
  type AdapterOptions,
  type ChatClient,
  type OpenOptions,
  type Subject,
  type TestedSubject,
  testedSubject,
} from "./play/subject.ts";
export { evidenceOf, judge, type Report, type Result, reportOf, runCheck } from "./report/report.ts";
