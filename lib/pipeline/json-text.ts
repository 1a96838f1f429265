import * as z from 'zod/mini';

/** A string that holds a JSON document: the document. */
export const jsonText = z.pipe(
  z.string(),
  z.transform((text: string, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.issues.push({ code: 'custom', input: text, message: 'is not a JSON document' });
      return z.NEVER;
    }
  }),
);
