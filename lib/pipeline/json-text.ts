import * as z from 'zod';

/** A string that holds a JSON document: the document. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('is not a JSON document');
    return z.NEVER;
  }
});
