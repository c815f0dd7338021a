export { type ExitCode, exitCodes, type Told, tell } from "./exit.ts";
export { type Installation, type Installed, installation, installed } from "./installed.ts";
export { run } from "./run.ts";
