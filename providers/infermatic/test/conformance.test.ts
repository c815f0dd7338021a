import { conforms } from "@lumiverse/conformance/vitest";
import { infermatic } from "../src/provider.ts";

conforms(infermatic, { fixtures: new URL("../fixtures", import.meta.url) });
