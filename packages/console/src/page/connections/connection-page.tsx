import { Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { useConnection, useProviderForm } from "../api/queries.ts";
import { BackLink } from "../shared/back-link.tsx";
import { Failure } from "../shared/failure.tsx";
import { PageHeader } from "../shared/page-header.tsx";
import { ConnectionForm } from "./connection-form.tsx";

/** One connection, to be edited. */
export function ConnectionPage({ id }: { id: string }): ReactNode {
  const [, navigate] = useLocation();
  const connection = useConnection(id);
  const form = useProviderForm(connection.data?.provider.id);
  const error = connection.error ?? form.error;
  return (
    <div className="page">
      <BackLink href="/connections" label="Connections" />
      {error !== null && <Failure error={error} />}
      {connection.data !== undefined && form.data !== undefined ? (
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
      ) : (
        error === null && <Loader aria-label="Loading the connection" />
      )}
    </div>
  );
}
