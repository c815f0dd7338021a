/** The suite under Node's own runner: the same call as with Vitest. */
import { after, describe, it } from "node:test";
import { type ConformsOptions, conforms as run } from "./conforms.ts";
import type { Subject } from "./subject.ts";

export function conforms(subject: Subject, options: ConformsOptions): void {
  run(subject, options, {
    describe: (name, body) => void describe(name, body),
    it: (name, body) => void it(name, body),
    afterAll: (body) => after(async () => body()),
  });
}
