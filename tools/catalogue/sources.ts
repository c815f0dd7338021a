/** `a`, `a and b`, `a, b and c`: the label of an entry that several sources made. */
export function joinSources(...labels: readonly string[]): string {
  const names = [...new Set(labels.flatMap((label) => label.split(/, | and /)))];
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}
