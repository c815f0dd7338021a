import type { JsonObject } from "@lumiverse/core";
import type { ConnectionView, Draft, DraftPreview, ProviderForm, ProviderSummary } from "@lumiverse/gateway/admin";
import { Button, Grid, Group, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { withTheme } from "@rjsf/core";
import { Theme } from "@rjsf/mantine";
import { keepPreviousData, type UseMutationResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ComponentType, type ReactNode, useMemo, useRef, useState } from "react";
import { ApiFailure, call } from "../api/client.ts";
import { decorate } from "../form/decorate.ts";
import type { FormContext } from "../form/form-context.ts";
import { templates } from "../form/templates.tsx";
import { conditions } from "../form/validator.ts";
import { errorSchemaOf, omitDefaults } from "../form/values.ts";
import { customFields, widgets } from "../form/widgets.tsx";
import { Failure } from "../shared/failure.tsx";
import { notifyDone } from "../shared/notify.ts";
import { DraftPanel } from "./draft-panel.tsx";
import { type KeyCheck, KeyCheckButton, KeyCheckResult, useKeyCheck } from "./key-check.tsx";
import { ModelsBrowser } from "./models-browser.tsx";
import { SignInDialog } from "./sign-in-dialog.tsx";

// The type of the themed form requires properties that this page does not use.
const Form = withTheme(Theme) as unknown as ComponentType<Record<string, unknown>>;

export interface ConnectionFormProps {
  form: ProviderForm;
  initial: JsonObject;
  /** The connection that is edited. Absent: saving creates a new one. */
  editing?: ConnectionView;
  onSaved: (saved: ConnectionView) => void;
}

/** The form of any provider. The server describes its fields; nothing here depends on the provider. */
export function ConnectionForm({ form, initial, editing, onSaved }: ConnectionFormProps): ReactNode {
  const { provider, fields } = form;
  const [values, setValues] = useState<JsonObject>(initial);
  const [removesKey, setRemovesKey] = useState(false);
  const [dialog, setDialog] = useState<FormDialog | undefined>();
  const top = useRef<HTMLDivElement>(null);
  const sent = useMemo(() => omitDefaults(values, fields, initial), [values, fields, initial]);
  const { draft, preview } = useDraft(provider.id, sent, editing);
  const check = useKeyCheck(provider, sent, editing?.profile.id);
  const save = useSave({ provider: provider.id, editing, onSaved, onFailed: () => top.current?.scrollIntoView({ block: "start" }) });
  const context: FormContext = {
    providerName: provider.name,
    hasStoredKey: editing?.profile.secrets.key === "set",
    removesKey,
    setRemovesKey,
    signIn: () => setDialog("sign-in"),
    keyDetails: preview?.key === undefined ? undefined : keyText(preview.key),
    browseModels: () => setDialog("models"),
  };
  const close = (): void => setDialog(undefined);
  const chooseModel = (model: string): void => {
    setValues((before) => ({ ...before, model }));
    close();
  };
  return (
    <>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }} ref={top}>
          <Stack gap="lg">
            {save.isError && <SaveFailure error={save.error} editing={editing} />}
            <Fields
              form={form}
              values={values}
              context={context}
              check={provider.credential === "none" ? undefined : check}
              error={save.error}
              isSaving={save.isPending}
              onChange={setValues}
              onSave={() => save.mutate({ values: sent, removesKey })}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <DraftPanel provider={provider} preview={preview} />
        </Grid.Col>
      </Grid>
      <FormDialogs dialog={dialog} provider={provider} draft={{ ...draft, values: sent }} onChoose={chooseModel} onClose={close} />
    </>
  );
}

type FormDialog = "models" | "sign-in";

interface FormDialogsProps {
  dialog: FormDialog | undefined;
  provider: ProviderSummary;
  draft: Draft;
  onChoose: (model: string) => void;
  onClose: () => void;
}

/** The dialog that a button of the form has opened. */
function FormDialogs({ dialog, provider, draft, onChoose, onClose }: FormDialogsProps): ReactNode {
  if (dialog === "models") return <ModelsBrowser provider={provider} draft={draft} onClose={onClose} onChoose={onChoose} />;
  if (dialog === undefined) return null;
  const body = draft.editing === undefined ? { provider: provider.id, values: draft.values } : { connection: draft.editing };
  return <SignInDialog providerName={provider.name} body={body} onClose={onClose} />;
}

interface FieldsProps {
  form: ProviderForm;
  values: JsonObject;
  context: FormContext;
  /** Absent: the provider has no key. */
  check: KeyCheck | undefined;
  /** The error of the last save, whose problems stand at their fields. */
  error: Error | null;
  isSaving: boolean;
  onChange: (values: JsonObject) => void;
  onSave: () => void;
}

function Fields({ form: { schema, uiSchema, fields }, values, context, check, error, isSaving, onChange, onSave }: FieldsProps): ReactNode {
  const decorated = useMemo(() => ({ ...decorate(uiSchema, fields), "ui:submitButtonOptions": { norender: true } }), [uiSchema, fields]);
  // The page already has a heading.
  const untitled = useMemo(() => ({ ...schema, title: "" }), [schema]);
  return (
    <Form
      schema={untitled}
      uiSchema={decorated}
      formData={values}
      validator={conditions}
      widgets={widgets}
      fields={customFields}
      templates={templates}
      formContext={context}
      extraErrors={errorSchemaOf(error instanceof ApiFailure ? error.issues : [])}
      showErrorList={false}
      noHtml5Validate
      onChange={({ formData }: { formData?: JsonObject }) => onChange(formData ?? {})}
      onSubmit={onSave}
    >
      <Stack className="save-bar" gap="xs">
        {check !== undefined && <KeyCheckResult check={check} />}
        <Group>
          <Button type="submit" loading={isSaving}>
            Save
          </Button>
          {check !== undefined && <KeyCheckButton check={check} />}
        </Group>
      </Stack>
    </Form>
  );
}

function SaveFailure({ error, editing }: { error: Error; editing: ConnectionView | undefined }): ReactNode {
  const queries = useQueryClient();
  const isConflict = error instanceof ApiFailure && error.code === "conflict";
  return (
    <>
      <Failure error={error} title="The connection is not saved" />
      {isConflict && editing !== undefined && (
        <Group>
          <Button variant="default" onClick={() => void queries.invalidateQueries({ queryKey: ["connections", editing.profile.id] })}>
            Drop my changes and show what is stored
          </Button>
        </Group>
      )}
    </>
  );
}

interface DraftState {
  draft: Draft;
  /** The effects of the values, which the server computes. Absent: the first answer is not there yet. */
  preview: DraftPreview | undefined;
}

/** The values of the form while they are typed. They change when the person has paused. */
function useDraft(provider: string, values: JsonObject, editing: ConnectionView | undefined): DraftState {
  const [settled] = useDebouncedValue(values, 350);
  const draft: Draft = { values: settled, ...(editing === undefined ? {} : { editing: editing.profile.id }) };
  const { data: preview } = useQuery({
    queryKey: ["preview", provider, draft],
    queryFn: ({ signal }) => call<DraftPreview>(`providers/${provider}/preview`, { method: "POST", body: draft, signal }),
    placeholderData: keepPreviousData,
    // The values may contain a key, which must not stay in memory.
    gcTime: 0,
  });
  return { draft, preview };
}

interface SaveOptions {
  provider: string;
  editing: ConnectionView | undefined;
  onSaved: (saved: ConnectionView) => void;
  onFailed: () => void;
}

interface SavedValues {
  values: JsonObject;
  removesKey: boolean;
}

function useSave({ provider, editing, onSaved, onFailed }: SaveOptions): UseMutationResult<ConnectionView, Error, SavedValues> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ values, removesKey }: SavedValues) => {
      if (editing === undefined) return call<ConnectionView>("connections", { method: "POST", body: { provider, values } });
      const { id, revision } = editing.profile;
      const body = { values, revision, ...(removesKey ? { removeKey: true } : {}) };
      return call<ConnectionView>(`connections/${id}`, { method: "PUT", body });
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`"${saved.profile.name}" is saved.`);
      onSaved(saved);
    },
    onError: onFailed,
  });
}

/** The details, the problem or the doubt of a pasted key. */
function keyText(key: NonNullable<DraftPreview["key"]>): string | undefined {
  if (key.problem !== undefined) return key.problem;
  const doubts = key.doubt === undefined ? [] : [`The key ${key.doubt}`];
  const texts = [...doubts, ...Object.entries(key.details).map(([name, text]) => `${name}: ${text}`)];
  return texts.length === 0 ? undefined : texts.join(" • ");
}
