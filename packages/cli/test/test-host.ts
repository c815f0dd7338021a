import { afterAll, beforeAll } from "vitest";
import { type TestFolder, testFolder } from "./run-lumiverse.ts";
import { startServer, type TestServer } from "./test-server.ts";

export interface TestHost {
  server: TestServer;
  folder: TestFolder;
  /** The folder's path. */
  cwd: string;
}

/** A server and a folder with its provider package, for all tests of a file. They exist once the tests run. */
export function testHost(): TestHost {
  const host = {} as TestHost; // filled before the first test
  beforeAll(async () => {
    host.server = await startServer();
    host.folder = testFolder();
    host.cwd = host.folder.path;
  });
  afterAll(async () => {
    await host.server.close();
    host.folder.remove();
  });
  return host;
}
