#!/usr/bin/env node
import { create } from "./create.ts";

// The created package needs this version. Older versions fail with an unclear error in its tests.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `This program needs Node 22.12 or newer; the version here is ${process.versions.node}. Download Node at https://nodejs.org`,
  );
  process.exit(1);
}

void create(process.argv.slice(2), {
  cwd: process.cwd(),
  date: new Date().toISOString().slice(0, 10),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
}).then((code) => {
  process.exitCode = code;
});
