import type { Bench } from "./bench.ts";
import type { Child } from "./child.ts";

/** The processes of the subjects of one group of measures. Each is started once, because some peers need a second to load. */
export interface Runners {
  of(subject: string): Promise<Child>;
  end(): void;
}

export function createRunners(bench: Bench): Runners {
  const children = new Map<string, Child>();
  return {
    async of(subject) {
      const running = children.get(subject);
      if (running?.isRunning === true) return running;
      const child = await bench.runner(subject);
      children.set(subject, child);
      return child;
    },
    end() {
      for (const child of children.values()) child.end();
    },
  };
}
