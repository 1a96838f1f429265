import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { callIdOf, withSpan } from '../../../lib/pipeline/dispatch/call-id.ts';

it('makes a span id of any id, and another one of another UUID', () => {
  const ids = Array.from({ length: 1_000 }, () => callIdOf(randomUUID()));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  fc.assert(fc.property(fc.string(), (text) => /^[0-9a-f]{16}$/.test(callIdOf(text))));
});

it("puts a call's span in the place of the job's, and keeps its trace and flags", () => {
  expect(withSpan('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', '00f067aa0ba902b7')).toBe(
    '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00',
  );
});
