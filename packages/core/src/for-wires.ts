/**
 * For wires and catalogues: what they need for some calls only. The root exports it too; imported from here, in a module that loads when it is needed, it
 * stays out of an application's first load.
 */
export { type CatalogueText, catalogueOf } from "./catalogue.ts";
export { effortWord } from "./effort.ts";
export * from "./names.ts";
export { parametersOf } from "./output.ts";
export * from "./refusal.ts";
