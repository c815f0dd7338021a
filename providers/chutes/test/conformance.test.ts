import { conforms } from "@lumiverse/conformance/vitest";
import { chutes } from "../src/provider.ts";

conforms(chutes, { fixtures: new URL("../fixtures", import.meta.url) });
