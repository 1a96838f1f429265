import type { FleetKey, FleetRecord, FleetStore } from '../pipeline/ports.ts';

type Kept = FleetRecord & { family: string; keptUntilMs: number };

/** The rule of versions over a map. `writes` counts those that were tried, as DynamoDB bills them. */
export const inMemoryFleetStore = (now: () => number): FleetStore & { writes(): number } => {
  const records = new Map<string, Kept>();
  let writes = 0;
  const find = ({ family, name }: FleetKey): Kept | undefined => {
    const kept = records.get(JSON.stringify([family, name]));
    return kept !== undefined && kept.keptUntilMs > now() ? kept : undefined;
  };
  return {
    list: async (family) =>
      [...records.values()].filter((kept) => kept.family === family && kept.keptUntilMs > now()),
    replace: async (key, seenVersion, value, keepForMs) => {
      writes += 1;
      const current = find(key);
      if ((current?.version ?? 0) !== seenVersion) return { kind: 'changed', current };
      const version = seenVersion + 1;
      // through JSON, as a store that is far away would
      const kept = {
        ...key,
        version,
        value: JSON.parse(JSON.stringify(value)),
        keptUntilMs: now() + keepForMs,
      };
      records.set(JSON.stringify([key.family, key.name]), kept);
      return { kind: 'replaced' };
    },
    writes: () => writes,
  };
};
