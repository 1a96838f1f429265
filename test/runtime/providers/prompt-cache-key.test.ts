import fc from 'fast-check';
import { promptCacheKey } from '../../../lib/runtime/providers/prompt-cache-key.ts';
import { request } from './wire.ts';

const keyOf = (tenantId: string, creatorId: string) =>
  promptCacheKey({ ...request, cacheGroup: { tenantId, creatorId } });
const id = fc.string({ minLength: 5, maxLength: 40 });

describe('the key of a prompt cache', () => {
  it('is the same for the prompts of one creator, and another for any other creator or tenant', () => {
    expect(keyOf('tenant-a', 'creator-1')).toBe(keyOf('tenant-a', 'creator-1'));
    expect(keyOf('ab', 'c')).not.toBe(keyOf('a', 'bc'));
    fc.assert(
      fc.property(id, id, id, (tenantId, creatorId, other) => {
        fc.pre(other !== creatorId && other !== tenantId);
        expect(keyOf(tenantId, creatorId)).not.toBe(keyOf(tenantId, other));
        expect(keyOf(tenantId, creatorId)).not.toBe(keyOf(other, creatorId));
      }),
    );
  });

  it('names neither, nor anything of the prompt, and depends on nothing but the two', () => {
    fc.assert(
      fc.property(id, id, id, (tenantId, creatorId, content) => {
        const key = keyOf(tenantId, creatorId);
        expect(key).toMatch(/^[0-9a-f]{32}$/);
        const turns = [{ role: 'user', content } as const];
        const cacheGroup = { tenantId, creatorId };
        expect(promptCacheKey({ ...request, cacheGroup, instructions: content, turns })).toBe(key);
      }),
    );
  });
});
