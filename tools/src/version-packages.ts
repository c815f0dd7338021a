// `npm run version:packages` applies the changesets and updates the generated files.
import { runCommand } from "./command.ts";
import { writeGenerated } from "./generated.ts";

const versioned = await runCommand("changeset", ["version"], { show: true });
if (!versioned.ok) process.exit(1);
for (const path of await writeGenerated()) console.log(`updated  ${path}`);
const locked = await runCommand("pnpm", ["install", "--no-frozen-lockfile"], { show: true });
process.exitCode = locked.ok ? 0 : 1;
