import * as z from 'zod/mini';

/**
 * Work of the same kind as ours, and none of ours: JSON, a schema, maps, spread objects, promises. What makes a machine
 * slow for a while makes both slow. It must never change, or every baseline is worth nothing.
 */
export const referenceWork = async (rounds: number): Promise<number> => {
  const kept = new Map<string, Reading>();
  let checked = 0;
  for (let round = 0; round < rounds; round += 1) {
    const read = reading.parse(JSON.parse(textOf(round)));
    await later();
    const before = kept.get(read.id);
    kept.set(read.id, { ...read, total: (before?.total ?? 0) + read.total });
    await later();
    checked += JSON.stringify([...read.parts, read.name].toSorted()).length;
  }
  return checked + kept.size;
};

const reading = z.strictObject({
  id: z.string().check(z.minLength(1)),
  name: z.string(),
  total: z.number(),
  parts: z.array(z.strictObject({ role: z.enum(['one', 'other']), text: z.string() })),
  more: z.optional(z.record(z.string(), z.string())),
});

type Reading = z.infer<typeof reading>;

const textOf = (round: number): string =>
  JSON.stringify({
    id: `id-${round % 97}`,
    name: `reading ${round}`,
    total: round,
    parts: [
      { role: 'one', text: 'what a person may have written to somebody else' },
      { role: 'other', text: `and what was answered to the ${round}th of them` },
    ],
    more: { topic: 'reference', language: 'en' },
  });

const later = async (): Promise<void> => {};
