/** A process of its own that opens a vault with the keychain. It prints one line. */
import { join } from "node:path";
import { createProfiles, isConnectionsError, openVault } from "@lumiverse/connections";
import { masterKeyFromKeychain, openSqliteStore } from "@lumiverse/connections/node";
import "@lumiverse/openai";

const folder = process.env["LUMIVERSE_TEST_FOLDER"] ?? "";
const [command, key = ""] = process.argv.slice(2);
// The real keychain of a developer's machine is not touched.
const keychain = masterKeyFromKeychain({ service: `lumiverse-test-${folder}` });

try {
  const store = await openSqliteStore(join(folder, `${process.env["LUMIVERSE_TEST_DATABASE"] ?? "connections"}.db`));
  const vault = await openVault(store, [keychain]);
  const profiles = createProfiles({ store, vault });
  switch (command) {
    case "save":
      await profiles.create({ name: `Connection ${process.pid}`, provider: "openai", key });
      console.log(`saved, with ${vault.location}`);
      break;
    case "read": {
      const sources = await Promise.all((await profiles.list()).map(({ id }) => profiles.source(id)));
      console.log(`read ${sources.map((source) => source.key).join(" ")}`);
      break;
    }
    case "rotate":
      await vault.rotate(keychain);
      console.log("rotated");
      break;
    case "key": {
      const { key_id: keyId } = await store.read.selectFrom("vault").selectAll().executeTakeFirstOrThrow();
      console.log(`key ${Buffer.from((await keychain.load({ keyId })) ?? []).toString("base64")}`);
      break;
    }
    default:
      throw new Error(`unknown command ${command}`);
  }
  await store.close();
} catch (cause) {
  if (!isConnectionsError(cause)) throw cause;
  console.log(`${cause.code}: ${cause.message}`);
}
