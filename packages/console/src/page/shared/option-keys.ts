import type { KeyboardEvent } from "react";

/**
 * Keys in a search field with a list of options below it: Enter takes the first option, and the arrow keys move between the field and the options. Put the
 * handler on an element around both. Options are buttons of the class `option`.
 */
export function onOptionKey(event: KeyboardEvent<HTMLElement>): void {
  const { key, target, currentTarget } = event;
  // Enter ends the input of a Chinese or Japanese word.
  if (!(target instanceof HTMLElement) || event.nativeEvent.isComposing || event.defaultPrevented) return;
  const field = currentTarget.querySelector<HTMLInputElement>("input[data-option-search]");
  const options = [...currentTarget.querySelectorAll<HTMLElement>(".option")];
  const position = options.indexOf(target);
  if (target !== field && position < 0) return;
  if (key === "Enter" && target === field && field.value.trim() !== "") options[0]?.click();
  else if (key === "ArrowDown") options[Math.min(position + 1, options.length - 1)]?.focus();
  else if (key === "ArrowUp" && position >= 0) (position === 0 ? field : options[position - 1])?.focus();
  else return;
  event.preventDefault();
}
