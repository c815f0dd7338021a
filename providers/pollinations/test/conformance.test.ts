import { conforms } from "@lumiverse/conformance/vitest";
import { pollinations } from "../src/provider.ts";

conforms(pollinations, { fixtures: new URL("../fixtures", import.meta.url) });
