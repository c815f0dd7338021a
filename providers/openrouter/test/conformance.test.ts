import { conforms } from "@lumiverse/conformance/vitest";
import { openrouter } from "../src/provider.ts";

conforms(openrouter, { fixtures: new URL("../fixtures", import.meta.url) });
