export { type Answers, type Asked, checkAnswer, complete, needed, problemsOf, type Question, withStandIns } from "./answers.ts";
export { create, type Surroundings } from "./create.ts";
export { manifest, type Place, type Ranges } from "./manifest.ts";
export { checkId, envName, type ProviderNames, titleName, typeName, valueName } from "./names.ts";
export { renderFiles, renderFixtures, type Scaffolded, type ScaffoldOptions, scaffold } from "./scaffold.ts";
export { isWire, type Wire, wires } from "./wires.ts";
