import type { Operations } from './operations.ts';

const none = async () => {
  throw new Error('pending');
};
export const pendingOperations: Pick<
  Operations,
  'listLanes' | 'redriveLane' | 'listCircuits' | 'holdCircuit'
> = {
  listLanes: none,
  redriveLane: none,
  listCircuits: none,
  holdCircuit: none,
};
