import { conforms } from "@lumiverse/conformance/vitest";
import { ai21 } from "../src/provider.ts";

conforms(ai21, { fixtures: new URL("../fixtures", import.meta.url) });
