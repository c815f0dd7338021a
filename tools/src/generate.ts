import { writeGenerated } from "./generated.ts";

const written = await writeGenerated();
console.log(written.length === 0 ? "All generated files are up to date." : `Written:\n${written.map((path) => `  ${path}`).join("\n")}`);
