import type { EndedJob } from '../../../lib/pipeline/job/completion-event.ts';
import { createCancelTeller } from '../../../lib/runtime/api/cancel-teller.ts';
import type { Results } from '../../../lib/runtime/sns-results.ts';

const end: EndedJob = {
  tenantId: 'tenant-a',
  jobId: 'job-1',
  lane: 'low',
  model: 'gpt-5',
  status: 'canceled',
  reason: 'canceled-by-caller',
  acceptedAtMs: 0,
  endedAtMs: 1,
  costMicroUsd: 0,
  correlationId: 'order-7',
};

/** A teller whose loads come to what is given, one after the other. */
const aTeller = (...loads: (Results | Error)[]) => {
  const untold: unknown[] = [];
  const load = async () => {
    const next = loads.shift();
    if (next === undefined || next instanceof Error) throw next;
    return next;
  };
  return { tell: createCancelTeller(load, (error) => void untold.push(error)), untold };
};

it('loads anew what could not be loaded, and then keeps it', async () => {
  const told: EndedJob[] = [];
  const results: Results = {
    tell: async (ends) => {
      told.push(...ends);
      return { out: new Set(ends) };
    },
  };
  const fault = new Error('no such chunk');
  const { tell, untold } = aTeller(fault, results);
  await tell(end);
  expect([told, untold]).toEqual([[], [fault]]);
  await tell(end);
  await tell(end);
  expect([told, untold]).toEqual([[end, end], [fault]]);
});

it('says why an end is not out', async () => {
  const fault = new Error('SNS is down');
  const { tell, untold } = aTeller({ tell: async () => ({ out: new Set(), error: fault }) });
  await tell(end);
  expect(untold).toEqual([fault]);
});
