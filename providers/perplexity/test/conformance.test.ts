import { conforms } from "@lumiverse/conformance/vitest";
import { perplexity } from "../src/provider.ts";

conforms(perplexity, {
  fixtures: new URL("../fixtures", import.meta.url),
  known: {
    "properties: deep-research-usage (generate): usage adds up":
      "the vendor's total leaves out the reasoning that it bills apart (https://docs.perplexity.ai/docs/legacy/sonar/models/sonar-deep-research)",
  },
});
