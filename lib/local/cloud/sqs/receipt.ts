import * as z from 'zod';

/** fauxqs knows one receipt of a message in flight; a second one is the first with this at its end. */
const SECOND = '~second';

/** A receipt for the second delivery of a message: it deletes or defers the same message. */
export const secondReceipt = (receiptHandle: string): string => `${receiptHandle}${SECOND}`;

/** The receipt as the queue knows it. */
export const originalReceipt = (receiptHandle: string): string =>
  receiptHandle.endsWith(SECOND) ? receiptHandle.slice(0, -SECOND.length) : receiptHandle;

const bearer = z.looseObject({ ReceiptHandle: z.string() });
const bearers = z.looseObject({ Entries: z.array(bearer) });

/** The input of a request, with the receipts that the queue knows. */
export const withOriginalReceipts = (input: unknown): unknown => {
  const batch = bearers.safeParse(input);
  if (batch.success) return { ...batch.data, Entries: batch.data.Entries.map(original) };
  const single = bearer.safeParse(input);
  return single.success ? original(single.data) : input;
};

const original = <T extends { ReceiptHandle: string }>(holder: T): T => ({
  ...holder,
  ReceiptHandle: originalReceipt(holder.ReceiptHandle),
});
