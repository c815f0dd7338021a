import { runScript, script } from "./command-line.ts";
import { writeGenerated } from "./generated.ts";

await runScript(
  script("generate", "Write every generated file.", [""]).action(async () => {
    const written = await writeGenerated();
    console.log(
      written.length === 0 ? "All generated files are up to date." : `Written:\n${written.map((path) => `  ${path}`).join("\n")}`,
    );
  }),
);
