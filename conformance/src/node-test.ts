/** Runs the suite under Node's test runner, with the same call as under Vitest. */
import { after, describe, it } from "node:test";
import { type ConformsOptions, conforms as run } from "./conforms.ts";
import type { Subject } from "./play/subject.ts";

/** Registers every check of a subject as a test. */
export function conforms(subject: Subject, options: ConformsOptions): void {
  run(subject, options, {
    describe: (name, body) => void describe(name, body),
    it: (name, body) => void it(name, body),
    afterAll: (body) => after(async () => body()),
  });
}
