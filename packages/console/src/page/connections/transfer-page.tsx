import { SimpleGrid } from "@mantine/core";
import type { ReactNode } from "react";
import { BackLink } from "../shared/back-link.tsx";
import { PageHeader } from "../shared/page-header.tsx";
import { ExportPanel } from "./export-panel.tsx";
import { ImportPanel } from "./import-panel.tsx";

/** The page that exports and imports connections as a file. */
export function TransferPage(): ReactNode {
  return (
    <div className="page">
      <BackLink href="/connections" label="Connections" />
      <PageHeader title="Export and import" text="Connections as a file: as a backup, or for another machine." />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <ExportPanel />
        <ImportPanel />
      </SimpleGrid>
    </div>
  );
}
