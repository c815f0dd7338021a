import type { Catalogue } from "@lumiverse/core/provider";

/** Known models, as of the date. `models()` completes the live list from it. */
export const catalogue: Catalogue = { date: "2026-11-30", source: "https://docs.tidepool.test/reference/chat", models: [] };
