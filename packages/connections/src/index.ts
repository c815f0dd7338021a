/** Connections: what a person sets up once and every application uses. Runs wherever the Web's APIs do; `@lumiverse/connections/node` adds files, databases and sockets. */

export { accountLines } from "./card/account-lines.ts";
export { type Balance, type Card, type CardLine, card, readBalance, readBalances } from "./card/card.ts";
export { type DiscoverOptions, discover, type FoundServer, identify } from "./discovery/discover.ts";
export type { LocalServer } from "./discovery/fingerprints.ts";
export { type CauseId, causeIds } from "./doctor/causes.ts";
export { type DiagnoseOptions, type Diagnosis, diagnose, diagnoseSubject, type Step, type StepName } from "./doctor/diagnose.ts";
export type { Network } from "./doctor/network.ts";
export type { DoctorSubject } from "./doctor/subject.ts";
export { valueAt, withValue } from "./dotted-path.ts";
export {
  ConnectionsError,
  type ConnectionsErrorCode,
  type ConnectionsErrorOptions,
  type FieldIssue,
  invalidFields,
  isConnectionsError,
  issueText,
  summaryOf,
  switchedOff,
} from "./error.ts";
export type { Choice, FieldKind, FormField, FormSection } from "./form/field.ts";
export { type Form, form } from "./form/form.ts";
export type { ParsedForm, ParseOptions } from "./form/parse.ts";
export { changesOf, valuesOf } from "./form/values.ts";
export { isShown } from "./form/visibility.ts";
export { type CachedList, type ModelListCache, memoryCache, storeCache } from "./models/cache.ts";
export { isChatModel } from "./models/is-chat-model.ts";
export { listModels, type ModelListing, type ModelListOptions } from "./models/model-list.ts";
export { nearestNames } from "./models/nearest.ts";
export { type ModelSearch, searchModels } from "./models/search.ts";
export { type ConnectionSource, connectSource, type SharedConnectOptions } from "./profile/connect.ts";
export { draftSource } from "./profile/draft.ts";
export type { EffectiveAddress } from "./profile/effective-address.ts";
export type { KeyDescription } from "./profile/key-description.ts";
export type { Auth, Profile, ProfileChanges, ProfileInput, ReasoningBinding, SecretStatus } from "./profile/profile.ts";
export { createProfiles, type Profiles, type ProfilesOptions } from "./profile/profiles.ts";
export { type ProfileRequest, requestFor } from "./profile/reasoning.ts";
export { finishSignIn, returnURL, type SignInTarget, type StartedSignIn, startSignIn } from "./sign-in/sign-in.ts";
export { createStore, type Durability, type Read, type Store, type Write } from "./store/store.ts";
export type { Tables } from "./store/tables.ts";
export { type ExportedProfile, type ExportFile, type ExportOptions, exportProfiles } from "./transfer/export.ts";
export { type ImportEntry, type ImportPreview, importProfiles, previewImport } from "./transfer/import.ts";
export type { Derivation } from "./vault/derivation.ts";
export { type MasterKeySource, masterKeyFromPassphrase, masterKeyFromText, newMasterKey, type VaultIdentity } from "./vault/master-key.ts";
export { lockedVault, openVault, type Secrets, type Vault } from "./vault/vault.ts";
