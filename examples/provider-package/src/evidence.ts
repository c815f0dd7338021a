// Written from the cases by `npm run write` and `npm run record`. Do not edit.
import type { Evidence } from "@lumiverse/core/provider";

export const evidence: Readonly<Record<string, readonly Evidence[]>> = {
  models: [{ kind: "documented", source: "fixtures/models", date: "2026-11-30", model: "tide-2-medium" }],
  maxOutputTokens: [{ kind: "documented", source: "fixtures/parameters", date: "2026-11-30", model: "tide-2-medium" }],
  temperature: [{ kind: "documented", source: "fixtures/parameters", date: "2026-11-30", model: "tide-2-medium" }],
  streaming: [{ kind: "documented", source: "fixtures/text", date: "2026-11-30", model: "tide-2-medium" }],
};
