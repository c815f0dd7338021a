import { conforms } from "@lumiverse/conformance/vitest";
import { perplexity } from "../src/provider.ts";
import { known } from "./known.ts";

conforms(perplexity, { fixtures: new URL("../fixtures", import.meta.url), known });
