/** A check is one statement about a subject that holds or fails. It is data until it runs, so test runners, mutants and the report can share it. */
export type Group =
  | "format"
  | "completeness"
  | "claims"
  | "provenance"
  | "golden"
  | "streamed and unstreamed"
  | "framing"
  | "disguises"
  | "requests"
  | "splits"
  | "faults"
  | "base URL"
  | "probe"
  | "credential"
  | "canary"
  | "properties";

/** One check of a subject. */
export interface Check {
  /** The group in which a report lists it. */
  group: Group;
  /** Unique within a subject. A known failure is listed as `group: name`. */
  name: string;
  /** Resolves if the statement holds. @throws CheckFailure with every problem, or what the subject throws */
  run(): Promise<void>;
}

/** Thrown by a failed check. Holds every problem that was found. */
export class CheckFailure extends Error {
  /** The problems, one sentence each. */
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.length === 1 ? faults[0] : faults.map((fault) => `\n  - ${fault}`).join(""));
    this.name = "CheckFailure";
    this.faults = faults;
  }
}

/** The id of a check, `group: name`. */
export function idOf(check: Check): string {
  return `${check.group}: ${check.name}`;
}

/** Makes a check that fails if `faults` returns any problem. */
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
