import type { Operations } from './operations.ts';

const none = async () => {
  throw new Error('pending');
};
export const pendingOperations: Pick<
  Operations,
  'getCosts' | 'listAlerts' | 'requestPrivacy' | 'getPrivacyRequest'
> = {
  getCosts: none,
  listAlerts: none,
  requestPrivacy: none,
  getPrivacyRequest: none,
};
