import { type BundledFiles, coldStartBytes } from '../../lib/bench/cold-start-bytes.ts';

const statically = (path: string) => ({ path, kind: 'import-statement' });
const lazily = (path: string) => ({ path, kind: 'dynamic-import' });

describe('the bytes that a cold start reads', () => {
  test('are those of the entry and of all it imports statically, at any depth, once each', () => {
    const files: BundledFiles = {
      'handler.mjs': { bytes: 1, imports: [statically('a.mjs'), statically('b.mjs')] },
      'a.mjs': { bytes: 10, imports: [statically('b.mjs')] },
      'b.mjs': { bytes: 100, imports: [statically('c.mjs')] },
      'c.mjs': { bytes: 1_000, imports: [statically('a.mjs')] },
    };
    expect(coldStartBytes(files, 'handler.mjs')).toBe(1_111);
  });

  test('leave out what is imported lazily, and what only that imports', () => {
    const files: BundledFiles = {
      'handler.mjs': { bytes: 1, imports: [lazily('sqs.mjs')] },
      'sqs.mjs': { bytes: 10, imports: [statically('xml.mjs')] },
      'xml.mjs': { bytes: 100, imports: [] },
    };
    expect(coldStartBytes(files, 'handler.mjs')).toBe(1);
  });

  test('do not count what the runtime brings along', () => {
    const files: BundledFiles = { 'handler.mjs': { bytes: 1, imports: [statically('node:crypto')] } };
    expect(coldStartBytes(files, 'handler.mjs')).toBe(1);
  });
});
