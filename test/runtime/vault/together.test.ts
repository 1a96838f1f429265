import { together } from '../../../lib/runtime/vault/together.ts';

/** Reads that end when they are told to. */
const slow = (gatherMs = 0) => {
  const begun: { names: readonly string[]; end: PromiseWithResolvers<ReadonlySet<string>> }[] = [];
  const read = together((names) => {
    const end = Promise.withResolvers<ReadonlySet<string>>();
    begun.push({ names, end });
    return end.promise;
  }, gatherMs);
  const endNext = async () => {
    const { names, end } = begun.shift() ?? { names: [], end: undefined };
    end?.resolve(new Set(names));
    await new Promise(setImmediate);
    return names;
  };
  return { read, begun, endNext };
};

it('reads together, and each name once, what is asked for in one moment or while a read is under way', async () => {
  const { read, begun, endNext } = slow();
  const first = [read(['a', 'tenant']), read(['b', 'tenant'])];
  await new Promise(setImmediate);
  const second = [read(['a']), read(['c'])];
  await new Promise(setImmediate);
  expect(begun).toHaveLength(1);
  expect(await endNext()).toEqual(['a', 'tenant', 'b']);
  expect(await endNext()).toEqual(['a', 'c']); // anew: what was read may have changed since
  expect(await Promise.all(first)).toEqual([new Set(['a', 'tenant', 'b']), new Set(['a', 'tenant', 'b'])]);
  expect(await Promise.all(second)).toEqual([new Set(['a', 'c']), new Set(['a', 'c'])]);
});

it('tells everybody of a read that failed, and reads on', async () => {
  const { read, begun, endNext } = slow();
  const failing = Promise.allSettled([read(['a']), read(['b'])]);
  await new Promise(setImmediate);
  const later = read(['c']);
  begun.shift()?.end.reject(new Error('down'));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await new Promise(setImmediate);
  await endNext();
  expect(await later).toEqual(new Set(['c']));
});

it('waits a moment for those who come one after the other, when it is told to', async () => {
  const { read, begun, endNext } = slow(200);
  const first = read(['a']);
  await new Promise(setImmediate);
  const second = read(['b']);
  while (begun.length === 0) await new Promise(setImmediate);
  expect(await endNext()).toEqual(['a', 'b']);
  expect(await first).toEqual(await second);
});
