export { type Installation, type Installed, installation, installed } from "./connection/installed.ts";
export { run } from "./run.ts";
export { describeError, type ErrorDescription } from "./terminal/error-description.ts";
export { type ExitCode, exitCodes } from "./terminal/exit-code.ts";
