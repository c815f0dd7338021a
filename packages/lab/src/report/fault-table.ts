/** The table of faults, for the terminal and for the page of the documentation. */
import { type FaultOutcome, faults, type Report } from "@lumiverse/conformance/internals";

/** Every fault with its right outcome and the result of each subject. */
export function faultTable(reports: readonly Report[]): string {
  const marks = { passed: "yes", failed: "NO", known: "known" };
  const lines = [
    `| Fault | What happens | Right outcome |${reports.map((report) => ` ${report.subject} |`).join("")}`,
    `| --- | --- | --- |${" --- |".repeat(reports.length)}`,
  ];
  for (const fault of faults) {
    const cells = reports.map((report) => {
      const result = report.results.find((one) => one.group === "faults" && one.name === fault.id);
      return ` ${result === undefined ? "not run" : marks[result.outcome]} |`;
    });
    lines.push(`| ${fault.id} | ${fault.title} | ${outcomeOf(fault.outcome)} |${cells.join("")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Describes the right outcome of a fault. */
export function outcomeOf(outcome: FaultOutcome): string {
  const words = [
    outcome.abandoned === true ? "no error" : outcome.codes === undefined ? "the same answer" : `error ${outcome.codes.join(" or ")}`,
  ];
  if (outcome.partial === true) words.push("with the content that had arrived");
  if (outcome.retryable !== undefined) words.push(outcome.retryable ? "retryable" : "not retryable");
  if (outcome.retryAfterMs !== undefined) words.push("with the time to wait");
  const requests = [outcome.requests ?? 1].flat().join(" or ");
  words.push(requests === "1" ? "one request" : `${requests} requests`);
  if (outcome.clientCloses === true) words.push("the client closes the connection");
  return words.join(", ");
}
