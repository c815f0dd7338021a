#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before anything else is loaded: a start from sources took 0.49 s of processor time, and 0.19 s with the cache (November 2026).
enableCompileCache();
void import("./run.ts")
  .then(({ run }) => run(process.argv.slice(2)))
  .then((code) => {
    // Set, not forced: what is still to be written is written.
    process.exitCode = code;
  });
