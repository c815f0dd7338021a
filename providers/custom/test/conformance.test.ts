import { conforms } from "@lumiverse/conformance/vitest";
import { custom } from "../src/provider.ts";

conforms(custom, { fixtures: new URL("../fixtures", import.meta.url) });
