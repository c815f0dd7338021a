/** Changes one profile again and again, and reports each change when it begins and when it is acknowledged. durability.test.ts kills it. */
import { writeSync } from "node:fs";
import { createProfiles, masterKeyFromText, openVault, type Store } from "@lumiverse/connections";
import { openPostgresStore, openSqliteStore } from "@lumiverse/connections/node";
import "@lumiverse/custom";

const [kind, address = "", masterKey = "", from = "0", dieAt = "0", dieWhere = ""] = process.argv.slice(2);
const store = kind === "sqlite" ? await openSqliteStore(address) : await openPostgresStore(address);
let change = Number(from);
const die = (where: string): void => {
  if (change === Number(dieAt) && where === dieWhere) process.kill(process.pid, "SIGKILL");
};
const reporting: Store = {
  ...store,
  write: (run) =>
    store.write(async (write) => {
      writeSync(1, `begin ${change}\n`);
      die("begin");
      const result = await run(write);
      die("end");
      return result;
    }),
};
const vault = await openVault(store, [masterKeyFromText(masterKey)]);
const profiles = createProfiles({ store: reporting, vault });
const { id } = (await profiles.find("Counter")) ?? (await createProfiles({ store, vault }).create(first()));
writeSync(1, "ready\n");
for (change++; ; change++) {
  await profiles.update(id, { model: `model-${change}`, key: `key-${change}` });
  writeSync(1, `acknowledged ${change}\n`);
}

function first(): { name: string; provider: string; baseURL: string; model: string; key: string } {
  return { name: "Counter", provider: "custom", baseURL: "http://localhost:1/v1", model: "model-0", key: "key-0" };
}
