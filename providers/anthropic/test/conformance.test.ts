import { conforms } from "@lumiverse/conformance/vitest";
import { anthropic } from "../src/provider.ts";

conforms(anthropic, { fixtures: new URL("../fixtures", import.meta.url) });
