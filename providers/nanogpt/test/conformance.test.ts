import { conforms } from "@lumiverse/conformance/vitest";
import { nanogpt } from "../src/provider.ts";

conforms(nanogpt, { fixtures: new URL("../fixtures", import.meta.url) });
