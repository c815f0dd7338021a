/** The printed results of `npm run spec`. */
import { unneeded, violationsIn } from "./exceptions.ts";
import type { Finding, SpecResult } from "./run-spec.ts";

/** One line per provider. */
export function specTable(results: readonly SpecResult[]): string {
  const lines = results.map(({ provider, rendered, refused, invalid, findings }) => {
    const violations = violationsIn(findings);
    return `| ${provider} | ${rendered + refused} | ${rendered} | ${refused} | ${invalid} | ${findings.length - violations.length} | ${violations.length} |`;
  });
  return [
    "| Provider | Requests | Rendered | Refused before sending | Bodies with a problem | Exceptions | Violations |",
    "|---|---|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

/** Each cause once, with the providers that have it and the shortest request that shows it. */
export function violationList(results: readonly SpecResult[]): string {
  const causes = new Map<string, Finding[]>();
  for (const finding of results.flatMap(({ findings }) => violationsIn(findings))) {
    const key = `${finding.protocol}: ${finding.path} ${finding.problem}`;
    causes.set(key, [...(causes.get(key) ?? []), finding]);
  }
  return [...causes]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([cause, findings]) => {
      const [{ example } = { example: undefined }] = [...findings].sort((a, b) => sizeOf(a) - sizeOf(b));
      return [
        cause,
        `  ${findings.map(({ provider, bodies }) => `${provider} (${bodies})`).join(", ")}`,
        `  ${example?.title ?? ""}`,
        `  request: ${shortened(example?.request)}`,
        `  sent:    ${shortened(example?.sent)}`,
        "",
      ].join("\n");
    })
    .join("\n");
}

/** Sentences about exceptions that these results do not need. */
export function unneededList(results: readonly SpecResult[]): string[] {
  const findings = results.flatMap((result) => result.findings);
  const providers = results.map(({ provider }) => provider);
  return unneeded(findings, providers).map(
    ({ providers: ids, protocol, path, problem }) =>
      `the exception of ${ids.join(", ")} for ${protocol}: ${path} ${problem} is no longer needed: remove it from exceptions.ts`,
  );
}

function sizeOf({ example }: Finding): number {
  return example.title.length;
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? "(absent)";
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
