/** The version in package.json; `npm run generate` keeps the two the same. */
export const version = "1.0.0-next.0";
