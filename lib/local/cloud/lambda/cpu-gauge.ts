import { availableParallelism } from 'node:os';

/** How long a reading is good for, in ms. */
const INTERVAL_MS = 100;

/** Above this share of the machine, another execution environment only takes time from those that are there. */
const SATURATED_SHARE = 0.6;

/** Whether this process, all its threads included, keeps the machine busy. */
export const createCpuGauge = () => {
  let reading = { atMs: performance.now(), usage: process.cpuUsage(), saturated: false };
  return {
    isSaturated: (): boolean => {
      const elapsedMs = performance.now() - reading.atMs;
      if (elapsedMs < INTERVAL_MS) return reading.saturated;
      const { user, system } = process.cpuUsage(reading.usage);
      const coresBusy = (user + system) / 1000 / elapsedMs;
      const saturated = coresBusy > SATURATED_SHARE * availableParallelism();
      reading = { atMs: performance.now(), usage: process.cpuUsage(), saturated };
      return saturated;
    },
  };
};
