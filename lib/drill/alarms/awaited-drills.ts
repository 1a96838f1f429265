/** Alarms of parts that no template declares yet: their drills are owed from the day on which one does. */
export type AwaitedDrill = {
  alarms: readonly string[];
  /** The queue or function that makes the condition possible; `undefined` for what is no resource of its own. */
  resource: string | undefined;
  /** How the condition is to be made, as a sentence. */
  condition: string;
};

export const awaitedDrills: readonly AwaitedDrill[] = [
  {
    alarms: ['ledger-drift'],
    resource: undefined,
    condition: 'a call that is not ours reaches the models under our key',
  },
];
