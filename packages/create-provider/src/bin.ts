#!/usr/bin/env node
import { create } from "./create.ts";

// What is written needs it; on older ones its tests fail in words that nobody would understand.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`Node 22.12 or newer is needed, and this is ${process.versions.node}: https://nodejs.org`);
  process.exit(1);
}

void create(process.argv.slice(2), {
  cwd: process.cwd(),
  date: new Date().toISOString().slice(0, 10),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
}).then((code) => {
  process.exitCode = code;
});
