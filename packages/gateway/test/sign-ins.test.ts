/** A sign-in that two processes finish at the same time. */

import { newMasterKey } from "@lumiverse/connections";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, openTestGateway } from "./gateways.ts";

describe.each(databases)("a sign-in in $kind", ({ missing, start, stop, address, kind }) => {
  beforeAll(start);
  afterAll(stop);

  test.skipIf(missing !== undefined)("is exchanged once by two processes, again after a failure, and never after a success", async () => {
    const database = { kind, address: address(), masterKey: newMasterKey() };
    const first = await openTestGateway(database);
    const second = await openTestGateway({ ...database, vendor: first.vendor });
    try {
      const both = [first.gateway.signIns, second.gateway.signIns];
      const { token } = await first.gateway.signIns.begin("pending");
      const exchanged: string[] = [];
      const fail = async (pending: string): Promise<string> => {
        exchanged.push(pending);
        throw new Error("the vendor failed");
      };
      await expect(second.gateway.signIns.finish(token, fail)).rejects.toThrow("the vendor failed");
      const succeed = async (pending: string): Promise<string> => {
        exchanged.push(pending);
        return "key";
      };
      const results = await Promise.all(both.map((signIns) => signIns.finish(token, succeed)));
      expect(results.toSorted()).toEqual(["key", undefined]);
      expect(exchanged).toEqual(["pending", "pending"]);
      for (const signIns of both) expect(await signIns.finish(token, succeed)).toBeUndefined();
      const expired = await first.gateway.signIns.begin("late", { lifetimeMs: -1 });
      expect(await second.gateway.signIns.finish(expired.token, succeed)).toBeUndefined();
      expect(exchanged).toHaveLength(2);
    } finally {
      await second.close();
      await first.close();
    }
  });
});
