import { conforms } from "@lumiverse/conformance/vitest";
import { perplexity } from "../src/provider.ts";

conforms(perplexity, { fixtures: new URL("../fixtures", import.meta.url) });
