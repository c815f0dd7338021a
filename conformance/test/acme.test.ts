import { conforms } from "../src/vitest.ts";
import { acme } from "./acme/provider.ts";

conforms(acme, { fixtures: new URL("./acme/fixtures", import.meta.url) });
