import { conforms } from "@lumiverse/conformance/vitest";
import { xai } from "../src/provider.ts";

conforms(xai, { fixtures: new URL("../fixtures", import.meta.url) });
