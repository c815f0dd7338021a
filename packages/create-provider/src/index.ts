export {
  type Answers,
  checkAnswer,
  type GivenAnswers,
  problemsOf,
  type Question,
  requiredQuestions,
  withDefaults,
  withPlaceholders,
} from "./answers.ts";
export { create, type Environment } from "./create.ts";
export { manifest, type PackageKind, type Ranges } from "./manifest.ts";
export { checkFreeId, checkId, envName, type ProviderNames, titleName, typeName, valueName } from "./names.ts";
export { isProtocolId, type ProtocolId, type ProtocolInfo, protocols } from "./protocols.ts";
export { renderFiles, renderFixtures, type Scaffolded, type ScaffoldOptions, scaffold } from "./scaffold.ts";
