/** Options of core's API, which hints of its errors name, and which a person does not have. With what a person does instead, where that is always the same. */
const OPTIONS: readonly (readonly [option: string, instead?: string])[] = [
  ["allowHttp", "Use https. Plain http is for this machine and private networks"],
  ["apiKey", "Enter the key in its own field, or a header in the settings"],
  ["baseURL"],
  ["unsupported:"],
  ["find({"],
];

/** Whether a hint names an option of a program. */
export function namesOption(hint: string): boolean {
  return OPTIONS.some(([option]) => hint.includes(option));
}

/** What a person does in the place of a hint that names an option. Undefined: the hint is for people, too. */
export function insteadOf(hint: string): string | undefined {
  return OPTIONS.find(([option, instead]) => instead !== undefined && hint.includes(option))?.[1];
}
