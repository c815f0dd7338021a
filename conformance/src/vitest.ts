/** Runs the suite under Vitest: `conforms(provider, { fixtures: new URL("../fixtures", import.meta.url) })`. */
import { afterAll, describe, it } from "vitest";
import { type ConformsOptions, conforms as run } from "./conforms.ts";
import type { Subject } from "./play/subject.ts";

/** Registers every check of a subject as a test. */
export function conforms(subject: Subject, options: ConformsOptions): void {
  run(subject, options, {
    describe: (name, body) => void describe(name, body),
    it: (name, body) => void it(name, body, 60_000),
    afterAll: (body) => afterAll(body),
  });
}
