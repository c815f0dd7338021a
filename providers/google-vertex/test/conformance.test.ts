import { conforms } from "@lumiverse/conformance/vitest";
import { googleVertex } from "../src/provider.ts";

conforms(googleVertex, { fixtures: new URL("../fixtures", import.meta.url) });
