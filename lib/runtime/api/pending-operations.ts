import type { Operations } from './operations.ts';

const none = async () => {
  throw new Error('pending');
};
export const pendingOperations: Pick<
  Operations,
  | 'listLanes'
  | 'redriveLane'
  | 'listCircuits'
  | 'holdCircuit'
  | 'getCosts'
  | 'listAlerts'
  | 'requestPrivacy'
  | 'getPrivacyRequest'
> = {
  listLanes: none,
  redriveLane: none,
  listCircuits: none,
  holdCircuit: none,
  getCosts: none,
  listAlerts: none,
  requestPrivacy: none,
  getPrivacyRequest: none,
};
