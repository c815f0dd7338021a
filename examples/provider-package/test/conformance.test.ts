import { evidenceOf } from "@lumiverse/conformance";
import { conforms } from "@lumiverse/conformance/vitest";
import { expect, test } from "vitest";
import { evidence } from "../src/evidence.ts";
import { tidepool } from "../src/provider.ts";
import { fixtures } from "./evidence.ts";
import { known } from "./known.ts";

conforms(tidepool, { fixtures, known });

test("src/evidence.ts matches the cases (npm run write updates it)", () => {
  expect(evidence).toEqual(evidenceOf(fixtures));
});
