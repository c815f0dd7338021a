import type { ExitCode } from "../terminal/exit-code.ts";
import type { Screen } from "../terminal/screen.ts";

/** What each command receives. */
export interface CommandContext {
  screen: Screen;
  /** Sets the exit code. Default 0. */
  setExitCode(code: ExitCode): void;
}
