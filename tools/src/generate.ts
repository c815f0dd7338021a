import { runCommand } from "./command.ts";
import { runScript, script } from "./command-line.ts";
import { writeGenerated } from "./generated.ts";

await runScript(
  script("generate", "Write every generated file.", [""]).action(async () => {
    // The tables of the READMEs are made from the catalogues.
    const catalogues = await runCommand("node", ["--conditions=@lumiverse/source", "tools/catalogue/generate.ts"], { show: true });
    if (!catalogues.ok) {
      process.exitCode = 1;
      return;
    }
    const written = await writeGenerated();
    console.log(
      written.length === 0 ? "All generated files are up to date." : `Written:\n${written.map((path) => `  ${path}`).join("\n")}`,
    );
  }),
);
