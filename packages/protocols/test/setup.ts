import { loadCompiler } from "../src/schema.ts";

// Tests of a wire's render call it directly; core awaits `load` first.
await loadCompiler({ output: "json" });
