/** The admin API of the gateway, for the console and for programs. */
export { ADMIN_PATH, type Admin, type AdminOptions, createAdmin, SIGN_IN_PATH } from "./admin.ts";
export { type WithDemo, type WithDemoOptions, withDemo } from "./demo.ts";
export type {
  AdminErrorBody,
  AdminInfo,
  ConnectionDetail,
  ConnectionView,
  DiagnosisEvent,
  DiscoveredServer,
  Draft,
  DraftPreview,
  ImportedConnections,
  KeyView,
  ProviderForm,
  ProviderSummary,
  SignInStarted,
  TransferFile,
} from "./wire.ts";
