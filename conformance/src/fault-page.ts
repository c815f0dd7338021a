/** The page of the documentation about faults: every fault, its one right outcome, and what each subject made of it. */
import { faults } from "./faults.ts";
import { outcomeOf, type Report, type Result } from "./report.ts";

const MARKS: Readonly<Record<Result["outcome"], string>> = { passed: "yes", failed: "**no**", known: "known" };

export function faultPage(reports: readonly Report[]): string {
  const resultOf = (report: Report, fault: string): Result | undefined =>
    report.results.find((one) => one.group === "faults" && one.name === fault);
  const right = faults.map((fault) => {
    const met = reports.filter((report) => resultOf(report, fault.id)?.outcome === "passed").length;
    return `| ${fault.id} | ${fault.title} | ${outcomeOf(fault.right)} | ${met} of ${reports.length} |`;
  });
  const came = faults.map((fault) => {
    const cells = reports.map((report) => {
      const result = resultOf(report, fault.id);
      return ` ${result === undefined ? "not run" : MARKS[result.outcome]} |`;
    });
    return `| ${fault.id} |${cells.join("")}`;
  });
  const wrong = reports.flatMap((report) =>
    report.results
      .filter((one) => one.group === "faults" && one.outcome !== "passed")
      .map((one) => `- ${report.subject}, ${one.name} (${one.outcome === "known" ? "known to fail" : "fails"}): ${one.message?.trim()}`),
  );
  return `# Faults

What goes wrong between a host and a client, played over real sockets against every package (\`conformance/src/faults.ts\`). Each fault has one right outcome, and both
ends of the socket are looked at: what the caller got, how many requests came, whether the connection was closed.
Written by \`npm run report -- --write docs/faults.md\`; nothing here is written by hand.

| Fault | What happens | Right outcome | Packages that do right |
| --- | --- | --- | --- |
${right.join("\n")}

## By package

| Fault |${reports.map((report) => ` ${report.subject} |`).join("")}
| --- |${" --- |".repeat(reports.length)}
${came.join("\n")}
${wrong.length === 0 ? "" : `\n## What is not right\n\n${wrong.join("\n")}\n`}`;
}
