// Written from the cases by `npm run write` and `npm run record`. Do not edit.
import { type EvidenceByCapability, registerEvidence } from "@lumiverse/core/provider";

export const evidence: EvidenceByCapability = {
  models: [{ kind: "documented", source: "fixtures/models", date: "2026-11-30", model: "tide-2-medium" }],
  maxOutputTokens: [{ kind: "documented", source: "fixtures/parameters", date: "2026-11-30", model: "tide-2-medium" }],
  temperature: [{ kind: "documented", source: "fixtures/parameters", date: "2026-11-30", model: "tide-2-medium" }],
  streaming: [{ kind: "documented", source: "fixtures/text", date: "2026-11-30", model: "tide-2-medium" }],
};

registerEvidence("tidepool", evidence);
