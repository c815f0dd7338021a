import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

interface Entry {
  id: string;
  title: string;
  about: string;
}

export declare const data: readonly Entry[];

const providers = fileURLToPath(new URL("../../providers", import.meta.url));

export default {
  load(): Entry[] {
    return readdirSync(providers)
      .sort()
      .map((id) => {
        const text = readFileSync(join(providers, id, "README.md"), "utf8");
        const about = /^.* as a provider of \[Lumiverse providers\]\([^)]*\)[:,] (.*)$/m.exec(text)?.[1] ?? "";
        return { id, title: /^# (.*)$/m.exec(text)?.[1] ?? id, about: about.replaceAll("`", "") };
      });
  },
};
