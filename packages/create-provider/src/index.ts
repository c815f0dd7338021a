export { manifest, type Place, type Ranges } from "./manifest.ts";
export { checkId, envName, type ProviderNames, typeName, valueName } from "./names.ts";
export { renderFiles, type Scaffolded, type ScaffoldOptions, scaffold } from "./scaffold.ts";
