import { conforms } from "@lumiverse/conformance/vitest";
import { google } from "../src/provider.ts";

conforms(google, { fixtures: new URL("../fixtures", import.meta.url) });
