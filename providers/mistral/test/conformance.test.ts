import { conforms } from "@lumiverse/conformance/vitest";
import { mistral } from "../src/provider.ts";

conforms(mistral, { fixtures: new URL("../fixtures", import.meta.url) });
