import { conforms } from "@lumiverse/conformance/vitest";
import { groq } from "../src/provider.ts";

conforms(groq, { fixtures: new URL("../fixtures", import.meta.url) });
