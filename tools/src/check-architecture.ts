import { architectureChecks } from "./architecture.ts";
import { runScript, script } from "./command-line.ts";
import { trees } from "./layers.ts";
import { type Check, report, sentence } from "./results.ts";
import { root } from "./workspace.ts";

const SOURCES = ["packages/*/src", "providers/*/src", "conformance/src", "tools/src"];

export function checkArchitecture(): Promise<Check[]> {
  return architectureChecks(root, SOURCES, trees);
}

if (import.meta.main)
  await runScript(
    script("check:architecture", "Check that there are no import cycles, and that imports point one way through the layers.", [""]).action(
      async () => {
        const tally = report(await checkArchitecture());
        console.log(sentence(tally));
        process.exitCode = tally.failed === 0 ? 0 : 1;
      },
    ),
  );
