import type { ModelSearch } from "@lumiverse/connections";
import { Checkbox, Group, Select } from "@mantine/core";
import type { ReactNode } from "react";
import { SearchField } from "../shared/search-field.tsx";

export interface ModelSearchValues {
  text: string;
  sort: NonNullable<ModelSearch["sort"]>;
  /** True: embedding, image and speech models are left out. */
  onlyChat: boolean;
}

export const NO_SEARCH: ModelSearchValues = { text: "", sort: "match", onlyChat: true };

interface ModelSearchFieldsProps {
  label: string;
  values: ModelSearchValues;
  onChange: (values: ModelSearchValues) => void;
  children?: ReactNode;
}

/** The fields that search a list of models. With `onOptionKey`, the keyboard reaches the models from the text field. `label` names the text field, and `children` stand after them. */
export function ModelSearchFields({ label, values, onChange, children }: ModelSearchFieldsProps): ReactNode {
  return (
    <>
      <Group gap="xs" wrap="wrap">
        <SearchField
          label={label}
          value={values.text}
          onChange={(text) => onChange({ ...values, text })}
          flex={1}
          miw={180}
          data-autofocus
          data-option-search
        />
        <Select
          aria-label="Sort"
          value={values.sort}
          onChange={(value) => onChange({ ...values, sort: value ?? "match" })}
          data={[
            { value: "match", label: "By name" },
            { value: "price", label: "Cheapest first" },
            { value: "context", label: "Longest context" },
          ]}
          w={160}
        />
        {children}
      </Group>
      <Checkbox
        label="Hide embedding, image and speech models"
        checked={values.onlyChat}
        onChange={(event) => onChange({ ...values, onlyChat: event.currentTarget.checked })}
      />
    </>
  );
}
