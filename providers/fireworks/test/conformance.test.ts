import { conforms } from "@lumiverse/conformance/vitest";
import { fireworks } from "../src/provider.ts";

conforms(fireworks, { fixtures: new URL("../fixtures", import.meta.url) });
