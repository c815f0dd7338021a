/** The version in package.json; `npm run build` keeps the two the same. */
export const version = "0.1.0";
