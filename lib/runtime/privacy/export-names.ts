/** The object that says what an export is made of. */
export const MANIFEST = 'manifest.json';
