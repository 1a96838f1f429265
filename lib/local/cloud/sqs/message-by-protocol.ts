import * as z from 'zod';

/** The fields of an SNS call in the query protocol, flat: `Message`, `PublishBatchRequestEntries.member.1.Message`. */
const fields = z.record(z.string(), z.unknown());

const structured = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ default: z.string(), sqs: z.string().optional() }));

const STRUCTURE = 'MessageStructure';

/**
 * SNS hands a structured message to each subscriber in the form for its protocol; fauxqs hands on all forms. Its
 * subscribers here are queues, so theirs is put in its place.
 */
export const withMessageForQueues = (body: unknown): unknown => {
  const parsed = fields.safeParse(body);
  if (!parsed.success) return body;
  const chosen = Object.entries(parsed.data)
    .filter(([name, value]) => name.endsWith(STRUCTURE) && value === 'json')
    .map(([name]) => {
      const messageField = `${name.slice(0, -STRUCTURE.length)}Message`;
      const message = structured.parse(parsed.data[messageField]);
      return [messageField, message.sqs ?? message.default];
    });
  return { ...parsed.data, ...Object.fromEntries(chosen) };
};
