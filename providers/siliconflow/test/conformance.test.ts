import { conforms } from "@lumiverse/conformance/vitest";
import { siliconflow } from "../src/provider.ts";

conforms(siliconflow, { fixtures: new URL("../fixtures", import.meta.url) });
