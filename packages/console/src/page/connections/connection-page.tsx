import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { useConnection, useProviderForm } from "../api/queries.ts";
import { BackLink } from "../shared/back-link.tsx";
import { PageHeader } from "../shared/page-header.tsx";
import { Waiting } from "../shared/waiting.tsx";
import { ConnectionForm } from "./connection-form.tsx";

/** The page that edits one connection. */
export function ConnectionPage({ id }: { id: string }): ReactNode {
  const [, navigate] = useLocation();
  const connection = useConnection(id);
  const form = useProviderForm(connection.data?.provider.id);
  return (
    <div className="page">
      <BackLink href="/connections" label="Connections" />
      <Waiting query={connection.data === undefined ? connection : form} what="the connection" />
      {connection.data !== undefined && form.data !== undefined && (
        <>
          <PageHeader title={connection.data.profile.name} text={`A connection to ${connection.data.provider.name}`} />
          <ConnectionForm
            key={connection.data.profile.revision}
            form={form.data}
            initial={connection.data.values}
            editing={connection.data}
            onSaved={() => navigate("/connections")}
          />
        </>
      )}
    </div>
  );
}
