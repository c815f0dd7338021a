/** llama.cpp's server, started by the script that LUMIVERSE_LLAMA names. Nobody here wrote it, so what it sends is real. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { runProgram } from "../../packages/core/test/support/programs.ts";

export const LLAMA: string | undefined = process.env["LUMIVERSE_LLAMA"];
const FOLDER = join(tmpdir(), "lumiverse-cli-llama");

export interface LocalServer {
  url: string;
  process: ChildProcess;
}

/** Installs the server. Returns why it cannot be installed, or undefined. */
export async function installLocalServer(): Promise<string | undefined> {
  try {
    // Several test files may install it at once.
    const args = [`${FOLDER}.lock`, "bash", LLAMA ?? "", "install", FOLDER];
    const { code, stderr } = await runProgram("flock", args, { limitMs: 280_000 });
    return code === 0 ? undefined : `the installation ended with ${code}: ${stderr}`.slice(0, 300);
  } catch (cause) {
    return String(cause instanceof Error ? cause.message : cause).slice(0, 300);
  }
}

/** Runs the installed server with these options, and waits until it answers. */
export async function runLocalServer(args: readonly string[] = []): Promise<LocalServer> {
  const port = await freePort();
  const server = spawn("bash", [LLAMA ?? "", "start", FOLDER, String(port), ...args], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 300; tries++) {
    const healthy = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return { url, process: server };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill("SIGKILL");
  throw new Error("the server was not up after 30 s");
}

/**
 * @param args Options of the server. A random model does not end by itself, so its answers have a limit.
 * @returns why the server cannot be installed, or the running server
 */
export async function startLocalServer(args: readonly string[] = ["-n", "64"]): Promise<LocalServer | string> {
  return (await installLocalServer()) ?? runLocalServer(args);
}
