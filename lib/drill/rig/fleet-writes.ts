import * as z from 'zod';
import type { Rig } from './rig.ts';

/** Writes to the fleet's table since the rig was started, by family, refused ones included: those are billed as well. */
export type FleetWrites = (family: FleetFamily) => number;

/** `user`, `budget`: of all users and tenants, each of whom is a family of records. */
export type FleetFamily = 'circuit' | 'quota' | 'latency' | 'user' | 'budget';

const onFleetTable = z.object({
  TableName: z.literal('relay-local-fleet'),
  Key: z.object({ family: z.object({ S: z.string() }) }),
});

/** Counts what functions write from now on. */
export const countFleetWrites = (rig: Pick<Rig, 'onRequest'>): FleetWrites => {
  const byFamily = new Map<string, number>();
  rig.onRequest((action, input) => {
    const request = onFleetTable.safeParse(input);
    if (action === 'GetItem' || !request.success) return;
    const [family = ''] = request.data.Key.family.S.split('#');
    byFamily.set(family, (byFamily.get(family) ?? 0) + 1);
  });
  return (family) => byFamily.get(family) ?? 0;
};
