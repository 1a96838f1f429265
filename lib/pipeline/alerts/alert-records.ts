import type { FleetStore } from '../ports.ts';
import { type Group, groupSchema } from './group.ts';
import { readSilence, type Silence } from './muting.ts';

/** The families of the alerts table. */
export const GROUPS = 'group';
const SILENCES = 'silence';

/** What cannot be read counts as none, and the next alert writes over it. */
export const readGroup = (value: unknown): Group | undefined => groupSchema.safeParse(value).data;

/** What people have written; what is no silence is none. */
export const readSilences = async (store: Pick<FleetStore, 'list'>): Promise<readonly Silence[]> =>
  (await store.list(SILENCES)).flatMap(({ value }) => readSilence(value) ?? []);
