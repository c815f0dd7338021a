/** A check: one sentence about a subject that holds or does not. Pure data until it is run, so that any runner, the mutants and the report share it. */
export type Group =
  | "format"
  | "completeness"
  | "claims"
  | "provenance"
  | "golden"
  | "streamed and unstreamed"
  | "disguises"
  | "splits"
  | "faults"
  | "base URL"
  | "probe"
  | "canary"
  | "properties";

export interface Check {
  group: Group;
  /** Unique within a subject: `group: name` is how a known failure names it. */
  name: string;
  run(): Promise<void>;
}

/** What a failed check throws: all its sentences. */
export class CheckFailure extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.length === 1 ? faults[0] : faults.map((fault) => `\n  - ${fault}`).join(""));
    this.name = "CheckFailure";
    this.faults = faults;
  }
}

export function idOf(check: Check): string {
  return `${check.group}: ${check.name}`;
}

/** A check that fails with every sentence it is given. */
export function check(group: Group, name: string, faults: () => readonly string[] | Promise<readonly string[]>): Check {
  return {
    group,
    name,
    async run() {
      const found = await faults();
      if (found.length > 0) throw new CheckFailure(found);
    },
  };
}
