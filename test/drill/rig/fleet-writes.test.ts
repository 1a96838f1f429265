import { countFleetWrites } from '../../../lib/drill/rig/fleet-writes.ts';
import type { Rig } from '../../../lib/drill/rig/rig.ts';

type Listener = Parameters<Rig['onRequest']>[0];

const aRig = () => {
  const listeners: Listener[] = [];
  return {
    onRequest: (listener: Listener) => void listeners.push(listener),
    request: (action: string, family: string, TableName = 'relay-local-fleet') => {
      const input = { TableName, Key: { family: { S: family }, name: { S: 'any' } } };
      for (const listen of listeners) listen(action, input, undefined, 'relay-local-process-job-low');
    },
  };
};

describe('writes to the fleet table', () => {
  it('are counted by family, and those of all users together', () => {
    const rig = aRig();
    const writes = countFleetWrites(rig);
    rig.request('UpdateItem', 'user#a');
    rig.request('UpdateItem', 'user#b');
    rig.request('UpdateItem', 'quota');
    expect([writes('user'), writes('quota'), writes('circuit')]).toEqual([2, 1, 0]);
  });

  it('are neither reads nor writes to other tables', () => {
    const rig = aRig();
    const writes = countFleetWrites(rig);
    rig.request('GetItem', 'circuit');
    rig.request('UpdateItem', 'circuit', 'relay-local-jobs');
    expect(writes('circuit')).toBe(0);
  });
});
