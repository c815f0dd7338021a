// Writes `src/evidence.ts`: the cases that show each claim. `supports()` returns them, and `lumiverse providers` marks verified claims with a star.
import { writeFileSync } from "node:fs";
import { evidenceOf } from "@lumiverse/conformance";

export const fixtures: URL = new URL("../fixtures/", import.meta.url);

export function writeEvidence(): void {
  const claims = Object.entries(evidenceOf(fixtures)).map(
    ([capability, list]) => `  ${JSON.stringify(capability)}: [\n${list.map((one) => `    ${JSON.stringify(one)},\n`).join("")}  ],\n`,
  );
  writeFileSync(
    new URL("../src/evidence.ts", import.meta.url),
    `// Written from the cases by \`npm run write\` and \`npm run record\`. Do not edit.
import { type EvidenceByCapability, registerEvidence } from "@lumiverse/core/provider";

export const evidence: EvidenceByCapability = {
${claims.join("")}};

registerEvidence("tidepool", evidence);
`,
  );
}
