import { randomUUID } from 'node:crypto';
import { type Circuits, createCircuits } from '../../pipeline/fleet/circuits.ts';
import { createDynamoDbFleetStore } from '../../runtime/dynamodb-fleet-store.ts';
import { systemClock } from '../../runtime/system-clock.ts';
import type { Rig } from './rig.ts';

/** The fleet's circuits as an operator's tool reads and holds them. */
export const fleetCircuits = ({ dynamodb }: Pick<Rig, 'dynamodb'>): Circuits =>
  createCircuits({
    store: createDynamoDbFleetStore({
      client: dynamodb,
      tableName: 'relay-local-fleet',
      now: systemClock.now,
    }),
    clock: systemClock,
    chance: { newId: randomUUID },
  });
