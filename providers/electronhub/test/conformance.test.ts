import { conforms } from "@lumiverse/conformance/vitest";
import { electronhub } from "../src/provider.ts";

conforms(electronhub, { fixtures: new URL("../fixtures", import.meta.url) });
