import type { JsonObject } from "@lumiverse/core";
import type { ConnectionView, DraftPreview, ProviderForm } from "@lumiverse/gateway/admin";
import { Button, Grid, Group, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { withTheme } from "@rjsf/core";
import { Theme } from "@rjsf/mantine";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
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
import { ModelsBrowser } from "./models-browser.tsx";
import { SignInDialog } from "./sign-in-dialog.tsx";

// The type of the themed form leaves out what this page does not use.
const Form = withTheme(Theme) as unknown as ComponentType<Record<string, unknown>>;

export interface ConnectionFormProps {
  form: ProviderForm;
  initial: JsonObject;
  /** The connection that is edited. */
  editing?: ConnectionView;
  onSaved: (saved: ConnectionView) => void;
}

/** The form of any provider. What it shows comes from the server; nothing here knows a provider. */
export function ConnectionForm({ form, initial, editing, onSaved }: ConnectionFormProps): ReactNode {
  const { provider, schema, fields } = form;
  const queries = useQueryClient();
  const [values, setValues] = useState<JsonObject>(initial);
  const [failure, setFailure] = useState<unknown>();
  const [isSaving, setSaving] = useState(false);
  const [removesKey, setRemovesKey] = useState(false);
  const [dialog, setDialog] = useState<"models" | "sign-in" | undefined>();
  const formElement = useRef<HTMLDivElement>(null);

  const sent = useMemo(() => omitDefaults(values, fields, initial), [values, fields, initial]);
  const [settled] = useDebouncedValue(sent, 350);
  const draft = { values: settled, ...(editing === undefined ? {} : { editing: editing.profile.id }) };
  const preview = useQuery({
    queryKey: ["preview", provider.id, draft],
    queryFn: ({ signal }) => call<DraftPreview>(`providers/${provider.id}/preview`, { method: "POST", body: draft, signal }),
    placeholderData: keepPreviousData,
    // The values may hold a key.
    gcTime: 0,
  });
  const key = preview.data?.key;
  const context: FormContext = {
    providerName: provider.name,
    hasStoredKey: editing?.profile.secrets.key === "set",
    removesKey,
    setRemovesKey,
    signIn: () => setDialog("sign-in"),
    keyDetails:
      key === undefined
        ? undefined
        : (key.problem ??
          (Object.entries(key.details)
            .map(([name, text]) => `${name}: ${text}`)
            .join(" • ") ||
            undefined)),
    browseModels: () => setDialog("models"),
  };
  const uiSchema = useMemo(
    () => ({ ...decorate(form.uiSchema, fields), "ui:submitButtonOptions": { norender: true } }),
    [form.uiSchema, fields],
  );
  // The page has a heading of its own.
  const drawn = useMemo(() => ({ ...schema, title: "" }), [schema]);
  const isConflict = failure instanceof ApiFailure && failure.code === "conflict";
  const issues = failure instanceof ApiFailure ? failure.issues : [];

  const save = async (): Promise<void> => {
    setSaving(true);
    setFailure(undefined);
    try {
      const saved =
        editing === undefined
          ? await call<ConnectionView>("connections", { method: "POST", body: { provider: provider.id, values: sent } })
          : await call<ConnectionView>(`connections/${editing.profile.id}`, {
              method: "PUT",
              body: { values: sent, revision: editing.profile.revision, ...(removesKey ? { removeKey: true } : {}) },
            });
      await queries.invalidateQueries({ queryKey: ["connections"] });
      notifyDone(`"${saved.profile.name}" is saved.`);
      onSaved(saved);
    } catch (cause) {
      setFailure(cause);
      formElement.current?.scrollIntoView({ block: "start" });
    } finally {
      setSaving(false);
    }
  };

  return (
    <>
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, md: 7 }} ref={formElement}>
          <Stack gap="lg">
            {failure !== undefined && <Failure error={failure} title="The connection is not saved" />}
            {isConflict && editing !== undefined && (
              <Group>
                <Button variant="default" onClick={() => void queries.invalidateQueries({ queryKey: ["connections", editing.profile.id] })}>
                  Drop my changes and show what is stored
                </Button>
              </Group>
            )}
            <Form
              schema={drawn}
              uiSchema={uiSchema}
              formData={values}
              validator={conditions}
              widgets={widgets}
              fields={customFields}
              templates={templates}
              formContext={context}
              extraErrors={errorSchemaOf(issues)}
              showErrorList={false}
              noHtml5Validate
              onChange={({ formData }: { formData?: JsonObject }) => setValues(formData ?? {})}
              onSubmit={() => void save()}
            >
              <Group className="save-bar">
                <Button type="submit" loading={isSaving}>
                  Save
                </Button>
              </Group>
            </Form>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <DraftPanel provider={provider} draft={draft} preview={preview.data} />
        </Grid.Col>
      </Grid>
      {dialog === "models" && (
        <ModelsBrowser
          provider={provider}
          draft={{ ...draft, values: sent }}
          onClose={() => setDialog(undefined)}
          onChoose={(model) => {
            setValues((before) => ({ ...before, model }));
            setDialog(undefined);
          }}
        />
      )}
      {dialog === "sign-in" && (
        <SignInDialog
          providerName={provider.name}
          body={editing === undefined ? { provider: provider.id, values: sent } : { connection: editing.profile.id }}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}
