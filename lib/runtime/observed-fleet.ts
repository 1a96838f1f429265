import type { FleetStore, UserStarts } from '../pipeline/ports.ts';

/** The core goes on without the fleet's records when it must, and says nothing: somebody has to hear of it. */
export const observedFleet = (store: FleetStore, onFault: (error: unknown) => void): FleetStore => ({
  list: (family) => told(store.list(family), onFault),
  replace: (...change) => told(store.replace(...change), onFault),
});

/** The same for the starts of users. */
export const observedStarts = (starts: UserStarts, onFault: (error: unknown) => void): UserStarts => ({
  start: (user, nowMs) => told(starts.start(user, nowMs), onFault),
});

/** The same for a single function. */
export const observed =
  <Given extends readonly unknown[], Result>(
    ask: (...given: Given) => Promise<Result>,
    onFault: (error: unknown) => void,
  ) =>
  (...given: Given): Promise<Result> =>
    told(ask(...given), onFault);

const told = async <Result>(asked: Promise<Result>, onFault: (error: unknown) => void): Promise<Result> => {
  try {
    return await asked;
  } catch (error) {
    onFault(error);
    throw error;
  }
};
