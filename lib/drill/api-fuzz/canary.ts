/** Stands for what only the persons concerned may read; it is in every text that a run sends. */
export const CANARY = 'canary-5e1f';

/** Whether it has come out, in one of the forms that it may have then. */
export const holdsCanary = (text: string): boolean => forms.some((form) => text.includes(form));

const forms = [
  CANARY,
  CANARY.toUpperCase(),
  Buffer.from(CANARY.slice(0, 9)).toString('base64'), // whole groups of 3 bytes: the same whatever follows
  Buffer.from(CANARY).toString('hex'),
];
