/** The console: the page in the browser, served by the gateway's process, and a demo that needs no key. */
export { type ConsoleOptions, type MountedConsole, mountConsole } from "./console.ts";
export { type Demo, type DemoOptions, openDemo } from "./demo.ts";
export { isBuilt, pageFiles } from "./page-files.ts";
