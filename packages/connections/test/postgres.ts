/** A PostgreSQL server of one's own for a test file, from the binaries that the machine has. */
import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outputOf, runProgramSync } from "../../core/test/support/programs.ts";

/** The folder of `initdb` and `postgres`, or undefined. LUMIVERSE_POSTGRES names another one. */
export const postgresFolder: string | undefined = findFolder();

function findFolder(): string | undefined {
  const root = "/usr/lib/postgresql";
  const debian = existsSync(root) ? readdirSync(root).map((version) => join(root, version, "bin")) : [];
  const folders = [process.env["LUMIVERSE_POSTGRES"] ?? "", ...debian.reverse(), "/usr/local/bin", "/usr/bin"];
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

export interface PostgresServer {
  readonly pid: number;
  /** The address of a new, empty database. */
  database(): string;
  stop(): void;
}

/** Starts a server that listens on a socket in a temporary folder. PostgreSQL refuses to run as root, so root starts it as another user. */
export async function startPostgres(folder: string): Promise<PostgresServer> {
  const data = mkdtempSync(join(tmpdir(), "lumiverse-pg-"));
  const user = process.getuid?.() === 0 ? unprivileged() : undefined;
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  const options = { cwd: data, ...(user ?? {}) };
  outputOf(join(folder, "initdb"), ["-D", join(data, "db"), "-U", "tester", "-A", "trust", "--no-sync"], options);
  const args = ["-D", join(data, "db"), "-k", data, "-c", "listen_addresses=", "-c", "fsync=on"];
  const server: ChildProcess = spawn(join(folder, "postgres"), args, { ...options, stdio: "ignore" });
  const psql = (sql: string): void => {
    outputOf(join(folder, "psql"), ["-h", data, "-U", "tester", "-d", "postgres", "-c", sql]);
  };
  for (let tries = 0; ; tries++) {
    try {
      psql("select 1");
      break;
    } catch (cause) {
      if (tries > 100) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  let count = 0;
  return {
    pid: server.pid ?? 0,
    database() {
      const name = `test_${count++}`;
      psql(`create database ${name}`);
      return `postgres://tester@/${name}?host=${encodeURIComponent(data)}`;
    },
    stop() {
      server.kill("SIGINT");
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function unprivileged(): { uid: number; gid: number } {
  const name = ["postgres", "nobody"].find((user) => runProgramSync("id", ["-u", user]).code === 0);
  const number = (flag: string): number => Number(outputOf("id", [flag, name ?? "nobody"]));
  return { uid: number("-u"), gid: number("-g") };
}
