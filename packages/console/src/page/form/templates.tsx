import { Accordion, Button, Stack, Text } from "@mantine/core";
import { Templates } from "@rjsf/mantine";
import type { FieldTemplateProps, IconButtonProps, ObjectFieldTemplateProps, TemplatesType, WidgetProps } from "@rjsf/utils";
import { IconPlus } from "@tabler/icons-react";
import type { ComponentType, ReactNode } from "react";

/** A group of settings. It is folded unless it contains a value or a problem. */
function ObjectField({
  fieldPathId,
  properties,
  title,
  description,
  formData,
  registry,
  schema,
  uiSchema,
  onAddProperty,
  errorSchema,
}: ObjectFieldTemplateProps): ReactNode {
  const shown = properties.filter(({ hidden }) => !hidden);
  const isOpenRecord = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
  const { AddButton } = registry.templates.ButtonTemplates;
  const content = (
    <Stack gap="md">
      {description !== undefined && description !== "" && (
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      )}
      {shown.map(({ name, content }) => (
        <div key={name}>{content}</div>
      ))}
      {isOpenRecord && (
        <div>
          <AddButton onClick={onAddProperty} registry={registry} {...(uiSchema === undefined ? {} : { uiSchema })} />
        </div>
      )}
    </Stack>
  );
  // The form itself and the object of all settings are not groups.
  if (fieldPathId.path.length === 0 || (fieldPathId.path.length === 1 && fieldPathId.path[0] === "settings")) return content;
  const hasError = errorSchema !== undefined && Object.keys(errorSchema).length > 0;
  return (
    <Accordion variant="contained" defaultValue={hasError || hasValue(formData) ? "group" : null}>
      <Accordion.Item value="group">
        <Accordion.Control>
          <Text fw={600} size="sm">
            {title}
          </Text>
        </Accordion.Control>
        <Accordion.Panel>{content}</Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

/** A field without its label, help and problem. The widgets draw them. */
function Field({ hidden, children, registry, uiSchema, ...props }: FieldTemplateProps): ReactNode {
  if (hidden) return null;
  const { WrapIfAdditionalTemplate } = registry.templates;
  return (
    <WrapIfAdditionalTemplate registry={registry} {...props} {...(uiSchema === undefined ? {} : { uiSchema })}>
      {children}
    </WrapIfAdditionalTemplate>
  );
}

/** The theme's input, with an empty text in place of a missing value. React reports an input that first has no value and later has one. */
function BaseInput(props: WidgetProps): ReactNode {
  const ThemeInput = Templates.BaseInputTemplate as ComponentType<WidgetProps>; // the theme defines it
  return <ThemeInput {...props} value={props.value ?? ""} />;
}

function AddButton({ onClick, disabled }: IconButtonProps): ReactNode {
  return (
    <Button size="xs" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={onClick} disabled={disabled === true}>
      Add
    </Button>
  );
}

export const templates: Partial<TemplatesType> = {
  ObjectFieldTemplate: ObjectField,
  FieldTemplate: Field,
  BaseInputTemplate: BaseInput,
  ButtonTemplates: { ...(Templates.ButtonTemplates as TemplatesType["ButtonTemplates"]), AddButton }, // the theme defines them
};

/** Whether a person has set the value. The form itself fills in false. */
function hasValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasValue);
  return value !== undefined && value !== null && value !== "" && value !== false;
}
