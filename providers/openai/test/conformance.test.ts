import { conforms } from "@lumiverse/conformance/vitest";
import { openai } from "../src/provider.ts";

conforms(openai, { fixtures: new URL("../fixtures", import.meta.url) });
