import {
  Anchor,
  Box,
  Button,
  Group,
  Input,
  JsonInput,
  PasswordInput,
  SegmentedControl,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { FieldProps, RegistryFieldsType, RegistryWidgetsType, WidgetProps } from "@rjsf/utils";
import { IconExternalLink, IconList } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import type { FormContext } from "./form-context.ts";

function Secret(props: WidgetProps): ReactNode {
  const { id, value, label, onChange } = props;
  return (
    <Box>
      <PasswordInput
        id={id}
        label={label}
        required={isRequired(props)}
        description={descriptionOf(props)}
        placeholder={keyPlaceholder(props)}
        value={textOf(value)}
        onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
        error={errorOf(props)}
        autoComplete="off"
        data-1p-ignore
        spellCheck={false}
      />
      <KeyActions {...props} />
    </Box>
  );
}

function SecretText(props: WidgetProps): ReactNode {
  const { id, value, label, onChange } = props;
  return (
    <Box>
      <Textarea
        id={id}
        label={label}
        required={isRequired(props)}
        description={descriptionOf(props)}
        placeholder={keyPlaceholder(props) ?? '{ "type": "service_account", … }'}
        value={textOf(value)}
        onChange={(event) => onChange(event.currentTarget.value === "" ? undefined : event.currentTarget.value)}
        error={errorOf(props)}
        autosize
        minRows={4}
        maxRows={10}
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: "mono" }}
      />
      <KeyActions {...props} />
    </Box>
  );
}

/** What belongs to the key of a connection: its details, the sign-in, a link to get a key, and the removal of a stored key. Other secrets have none of these. */
function KeyActions(props: WidgetProps): ReactNode {
  const { options, registry, value, id } = props;
  const { providerName, hasStoredKey, removesKey, setRemovesKey, signIn, keyDetails } = contextOf(registry.formContext);
  if (id !== "root_key") return null;
  const link = options["link"];
  return (
    <>
      {keyDetails !== undefined && value !== undefined && errorOf(props)?.includes(keyDetails) !== true && (
        <Text size="sm" mt={6} className="wrap">
          {keyDetails}
        </Text>
      )}
      <Group gap="md" mt={6}>
        {options["signIn"] !== undefined && (
          <Button size="xs" variant="light" onClick={signIn}>
            {`Sign in with ${providerName}`}
          </Button>
        )}
        {typeof link === "string" && (
          <Anchor href={link} target="_blank" rel="noopener noreferrer" size="sm">
            <Group gap={4} component="span">
              Get a key
              <IconExternalLink size={14} aria-hidden />
            </Group>
          </Anchor>
        )}
        {hasStoredKey && (
          <Switch
            size="xs"
            label="Remove the stored key"
            checked={removesKey}
            onChange={(event) => setRemovesKey(event.currentTarget.checked)}
          />
        )}
      </Group>
    </>
  );
}

function Model(props: WidgetProps): ReactNode {
  const { id, value, label, onChange, registry, placeholder } = props;
  return (
    <TextInput
      id={id}
      label={label}
      description={descriptionOf(props)}
      placeholder={placeholder}
      value={textOf(value)}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={errorOf(props)}
      spellCheck={false}
      rightSectionWidth={104}
      rightSection={
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconList size={14} aria-hidden />}
          onClick={contextOf(registry.formContext).browseModels}
        >
          Models
        </Button>
      }
    />
  );
}

function Toggle(props: WidgetProps): ReactNode {
  const { id, value, label, onChange } = props;
  return (
    <Switch
      id={id}
      label={label}
      description={descriptionOf(props)}
      checked={value === true}
      onChange={(event) => onChange(event.currentTarget.checked)}
      error={errorOf(props)}
    />
  );
}

/** A setting that is on, off, or left to the vendor. */
function TriState(props: WidgetProps): ReactNode {
  const { id, value, label, onChange } = props;
  return (
    <Input.Wrapper id={id} label={label} labelElement="div" description={descriptionOf(props)} error={errorOf(props)}>
      <SegmentedControl
        mt={4}
        size="xs"
        aria-label={label}
        value={value === true ? "on" : value === false ? "off" : "unset"}
        onChange={(chosen) => onChange(chosen === "on" ? true : chosen === "off" ? false : undefined)}
        data={[
          { value: "unset", label: "Not set" },
          { value: "on", label: "On" },
          { value: "off", label: "Off" },
        ]}
      />
    </Input.Wrapper>
  );
}

function Words(props: WidgetProps): ReactNode {
  const { id, value, label, onChange } = props;
  return (
    <TagsInput
      id={id}
      label={label}
      description={descriptionOf(props)}
      placeholder="Type and press Enter"
      value={Array.isArray(value) ? value.map(String) : []}
      onChange={(words) => onChange(words.length === 0 ? undefined : words)}
      error={errorOf(props)}
    />
  );
}

/** An object with values of any kind, as JSON text. The form receives only text that parses. */
function Json({ fieldPathId, formData, onChange, schema, uiSchema }: FieldProps): ReactNode {
  const [text, setText] = useState(
    formData === undefined || formData === null || Object.keys(formData).length === 0 ? "" : JSON.stringify(formData, undefined, 2),
  );
  const change = (next: string): void => {
    setText(next);
    if (next.trim() === "") return onChange(undefined, fieldPathId.path);
    try {
      onChange(JSON.parse(next), fieldPathId.path);
    } catch {
      // The input shows the problem.
    }
  };
  return (
    <JsonInput
      id={fieldPathId.$id}
      label={schema.title}
      description={uiSchema?.["ui:options"]?.["description"] as string | undefined}
      value={text}
      onChange={change}
      validationError="This is not valid JSON."
      formatOnBlur
      autosize
      minRows={2}
      maxRows={12}
    />
  );
}

export const widgets: RegistryWidgetsType = {
  secret: Secret,
  secretText: SecretText,
  model: Model,
  toggle: Toggle,
  triState: TriState,
  words: Words,
};
export const customFields: RegistryFieldsType = { json: Json };

function descriptionOf({ options, schema }: WidgetProps): string | undefined {
  return options.description ?? schema.description;
}

function errorOf({ rawErrors }: WidgetProps): string | undefined {
  return rawErrors === undefined || rawErrors.length === 0 ? undefined : rawErrors.join("\n");
}

/** A connection's key is required unless one is stored. The field is hidden for a connection that needs none. */
function isRequired({ id, required, registry }: WidgetProps): boolean {
  const { hasStoredKey, removesKey } = contextOf(registry.formContext);
  return required === true || (id === "root_key" && (!hasStoredKey || removesKey));
}

function keyPlaceholder({ registry, id }: WidgetProps): string | undefined {
  const { hasStoredKey, removesKey } = contextOf(registry.formContext);
  if (id !== "root_key" || !hasStoredKey) return undefined;
  return removesKey ? "Saving removes the stored key" : "A key is stored. Leave the field empty to keep it";
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function contextOf(context: unknown): FormContext {
  return context as FormContext; // passed by `ConnectionForm`
}
