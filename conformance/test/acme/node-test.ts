import { conforms } from "../../src/node-test.ts";
import { acme } from "./provider.ts";

conforms(acme, { fixtures: new URL("./fixtures", import.meta.url), runs: 5 });
