import fc from 'fast-check';
import { batchesOf } from '../../lib/client/batches.ts';

const MIB = 1_048_576;

/** Sizes at which limits are met: SQS lets a message be as large as a batch. */
const sizes = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 100_000, max: MIB }));
const messages = fc
  .array(sizes, { maxLength: 60 })
  .map((list) => list.map((bytes, number) => ({ bytes, number })));
const sum = (batch: readonly { bytes: number }[]) => batch.reduce((total, { bytes }) => total + bytes, 0);

it('keeps every message, in order, in batches that SQS takes', () => {
  fc.assert(
    fc.property(messages, (given) => {
      const batches = batchesOf(given);
      expect(batches.flat()).toEqual(given);
      for (const batch of batches) {
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(10);
        expect(sum(batch)).toBeLessThanOrEqual(MIB);
      }
    }),
  );
});

it('begins a batch only when the one before has no room', () => {
  fc.assert(
    fc.property(messages, (given) => {
      const batches = batchesOf(given);
      for (const [index, batch] of batches.slice(1).entries()) {
        const before = batches[index] ?? [];
        expect(before.length === 10 || sum(before) + (batch[0]?.bytes ?? 0) > MIB).toBe(true);
      }
    }),
  );
});

it('takes four messages of 256 KiB as one batch, and not a byte more', () => {
  const quarter = { bytes: MIB / 4 };
  expect(batchesOf([quarter, quarter, quarter, quarter])).toHaveLength(1);
  expect(batchesOf([quarter, quarter, quarter, { bytes: MIB / 4 + 1 }])).toHaveLength(2);
});
