/** What the catalogue file of a provider needs. It is an entry point of its own, because catalogues are loaded on demand. */
export { type CatalogueText, catalogueOf } from "./capabilities/catalogue.ts";
export type { Catalogue } from "./contract/models.ts";
