import { TextInput, type TextInputProps } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface SearchFieldProps extends Omit<TextInputProps, "label" | "value" | "onChange"> {
  /** What is searched, for screen readers. */
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** A text field with a magnifying glass. The other properties are those of Mantine's TextInput. */
export function SearchField({ label, value, onChange, ...others }: SearchFieldProps): ReactNode {
  return (
    <TextInput
      aria-label={label}
      placeholder="Search"
      leftSection={<IconSearch size={16} aria-hidden />}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...others}
    />
  );
}

/** Tells whether the text contains every word of the search, in any case and order. */
export function hasWords(text: string, search: string): boolean {
  const lower = text.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
