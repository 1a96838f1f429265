import { closedCircuit } from '../../../lib/pipeline/fleet/circuit.ts';
import { createOpsOperations } from '../../../lib/runtime/api/ops-operations.ts';

const caller = { tenantId: 'platform', clientId: 'on-call', scopes: ['ops:write' as const] };
const about = { caller, query: {}, headers: undefined, traceparent: undefined, requestId: 'r1' };
const offer = { provider: 'openai' as const, modelId: 'gpt-5-nano' };
const neverAsked = () => Promise.reject(new Error('nobody asks this'));

/** What is changed and what is audited, in one order. */
const operatorsDesk = (change: { move?: 'started' | 'running'; broken?: Error }) => {
  const told: unknown[] = [];
  const changed = async <Result>(what: string, result: Result): Promise<Result> => {
    told.push(what);
    if (change.broken) throw change.broken;
    return result;
  };
  const operations = createOpsOperations({
    desk: {
      look: neverAsked,
      receive: neverAsked,
      remove: neverAsked,
      putBack: neverAsked,
      moveAll: (lane) => changed(`moves ${lane}`, change.move ?? 'started'),
    },
    lanes: { send: neverAsked },
    clock: { now: () => 0 },
    deliveries: { list: neverAsked },
    circuits: { list: neverAsked, hold: ({ modelId }) => changed(`holds ${modelId}`, closedCircuit) },
    offers: [offer],
    audit: async ({ action, clientId, target, details }) =>
      void told.push({ action, clientId, target, ...details }),
  });
  const remainingMs = () => 29_000;
  const moveAll = () =>
    operations.redriveLane({ ...about, params: { lane: 'low' }, body: { dryRun: false }, remainingMs });
  const hold = () =>
    operations.holdCircuit({
      ...about,
      params: { provider: 'openai', model: 'gpt-5-nano' },
      body: { hold: 'open' },
      remainingMs,
    });
  return { told, moveAll, hold };
};

const move = { clientId: 'on-call', target: 'low', mode: 'all' };
const turn = { clientId: 'on-call', target: 'openai/gpt-5-nano', hold: 'open' };

describe('the audit trail tells of', () => {
  it.each(['started' as const, 'running' as const])(
    'a move before and after it, and that it is %s',
    async (end) => {
      const { told, moveAll } = operatorsDesk({ move: end });
      expect(await moveAll()).toMatchObject({ kind: end === 'started' ? 'answer' : 'problem' });
      expect(told).toEqual([
        { action: 'redrive-lane', ...move },
        'moves low',
        { action: 'redrive-lane-ended', ...move, move: end },
      ]);
    },
  );

  it('a hold before and after it', async () => {
    const { told, hold } = operatorsDesk({});
    expect(await hold()).toMatchObject({ kind: 'answer' });
    expect(told).toEqual([
      { action: 'hold-circuit', ...turn },
      'holds gpt-5-nano',
      { action: 'hold-circuit-ended', ...turn },
    ]);
  });

  it('what fails, of which nobody knows whether it was done', async () => {
    const broken = new Error('AWS is down');
    const { told, moveAll, hold } = operatorsDesk({ broken });
    await expect(moveAll()).rejects.toBe(broken);
    await expect(hold()).rejects.toBe(broken);
    expect(told).toEqual([
      { action: 'redrive-lane', ...move },
      'moves low',
      { action: 'hold-circuit', ...turn },
      'holds gpt-5-nano',
    ]);
  });
});
