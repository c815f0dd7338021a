// `npm run version:packages` applies the changesets and updates the generated files.
import { runCommand } from "./command.ts";
import { runScript, script } from "./command-line.ts";
import { writeGenerated } from "./generated.ts";

await runScript(
  script("version:packages", "Apply the changesets, and update the generated files and the lockfile.", [""]).action(async () => {
    const versioned = await runCommand("changeset", ["version"], { show: true });
    if (!versioned.ok) throw new Error("the changesets could not be applied");
    for (const path of await writeGenerated()) console.log(`updated  ${path}`);
    const locked = await runCommand("pnpm", ["install", "--no-frozen-lockfile"], { show: true });
    process.exitCode = locked.ok ? 0 : 1;
  }),
);
