import { conforms } from "@lumiverse/conformance/vitest";
import { zai } from "../src/provider.ts";

conforms(zai, { fixtures: new URL("../fixtures", import.meta.url) });
