/** Reading, recording and replaying fixtures. Unlike the suite itself, it needs no test library, so programs can depend on it. */
export { demoCase } from "./fixture/demo-case.ts";
export type { Case, Fixture } from "./fixture/fixture.ts";
export { readFixtures } from "./fixture/fixture.ts";
export { keyOf } from "./fixture/keys.ts";
export { type RecordOptions, record } from "./record/record.ts";
export { type ReplayOptions, type ReplayServer, replay } from "./replay/replay.ts";
