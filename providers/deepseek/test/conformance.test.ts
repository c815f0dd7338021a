import { conforms } from "@lumiverse/conformance/vitest";
import { deepseek } from "../src/provider.ts";

conforms(deepseek, { fixtures: new URL("../fixtures", import.meta.url) });
