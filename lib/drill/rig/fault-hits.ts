import * as z from 'zod';
import type { Rig } from './rig.ts';

const state = z.object({ faults: z.array(z.object({ id: z.string(), hits: z.number() })) });

/** How often each fault of the local cloud has struck since it was set, by its id. */
export const faultHits = async ({
  endpoints,
}: Pick<Rig, 'endpoints'>): Promise<ReadonlyMap<string, number>> => {
  const response = await fetch(`${endpoints.control}/control`);
  const { faults } = state.parse(await response.json());
  return new Map(faults.map(({ id, hits }) => [id, hits]));
};
