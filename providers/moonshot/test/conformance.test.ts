import { conforms } from "@lumiverse/conformance/vitest";
import { moonshot } from "../src/provider.ts";

conforms(moonshot, { fixtures: new URL("../fixtures", import.meta.url) });
