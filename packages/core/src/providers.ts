/**
 * Which providers are installed, for the types alone: every provider's package adds its id and settings here. The interface is declared in
 * the file that the specifier resolves to, because augmenting a re-exported interface from two packages makes them overwrite each other (TypeScript#46617).
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the installed providers
export interface Providers {}
