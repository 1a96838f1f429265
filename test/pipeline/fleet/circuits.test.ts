import fc from 'fast-check';
import type { Circuit } from '../../../lib/pipeline/fleet/circuit.ts';
import {
  type CircuitId,
  type Circuits,
  createCircuits,
  type ReportedTurn,
} from '../../../lib/pipeline/fleet/circuits.ts';
import type { ModelFailure } from '../../../lib/pipeline/model/model.ts';
import type { FleetStore } from '../../../lib/pipeline/ports.ts';
import { inMemoryFleetStore } from '../../../lib/simulation/in-memory-fleet-store.ts';
import { virtualClock } from '../../builders.ts';

const START_MS = Date.parse('2026-11-22T12:00:00Z');
const gpt: CircuitId = { provider: 'openai', modelId: 'gpt-5-2025-08-07' };
const gptKey = { family: 'circuit', name: 'openai/gpt-5-2025-08-07' };
const dead: ModelFailure = { kind: 'transient', code: 'provider-error' };
const noMoney: ModelFailure = { kind: 'money', code: 'spend-limit' };
const closed = { kind: 'closed' } as const;

let ids = 0;
const chance = { random: () => 0.5, newId: () => `id-${ids++}` };

/** One worker environment over a store whose calls are counted, and may be told to do otherwise. */
const anEnvironment = (given: Partial<FleetStore> = {}) => {
  const clock = virtualClock(START_MS);
  const shared = inMemoryFleetStore(clock.now);
  const counts = { lists: 0, replaces: 0 };
  let faults = given;
  const setFaults = (next: Partial<FleetStore>) => {
    faults = next;
  };
  const store: FleetStore = {
    list: (family) => {
      counts.lists += 1;
      return (faults.list ?? shared.list)(family);
    },
    replace: (...args) => {
      counts.replaces += 1;
      return (faults.replace ?? shared.replace)(...args);
    },
  };
  return { clock, shared, store, counts, setFaults, circuits: createCircuits({ store, clock, chance }) };
};

const fails = () => Promise.reject(new Error('the store is down'));
const reportTimes = async (circuits: Circuits, count: number, result: 'answered' | ModelFailure = dead) => {
  for (let call = 0; call < count; call += 1) await circuits.report(gpt, closed, result);
};
const due: Circuit = {
  state: { kind: 'open', reason: 'outage', openedAtMs: START_MS - 30_000, retryAtMs: START_MS },
};

describe('the circuits of one environment', () => {
  it('are read once per 500 ms, however many calls ask', async () => {
    const { circuits, clock, counts } = anEnvironment();
    const askMany = () => Promise.all(Array.from({ length: 30 }, () => circuits.permit(gpt)));
    expect(await askMany()).toEqual(Array.from({ length: 30 }, () => closed));
    await clock.advance(499);
    await askMany();
    expect(counts).toEqual({ lists: 1, replaces: 0 });
    await clock.advance(1);
    await askMany();
    expect(counts).toEqual({ lists: 2, replaces: 0 });
  });

  it('stop it at once when its own report has opened one', async () => {
    const { circuits, counts } = anEnvironment();
    await circuits.permit(gpt);
    await reportTimes(circuits, 5);
    expect(await circuits.permit(gpt)).toEqual({ kind: 'open', reason: 'outage', retryInMs: 30_000 });
    expect(counts).toEqual({ lists: 1, replaces: 5 });
  });

  it('are apart for each provider and model', async () => {
    const { circuits } = anEnvironment();
    await reportTimes(circuits, 5);
    expect(await circuits.permit({ ...gpt, provider: 'azure-openai' })).toEqual(closed);
    expect(await circuits.permit({ ...gpt, modelId: 'gpt-5-mini' })).toEqual(closed);
  });

  it('write once for the first success after failures, and nothing for those after it', async () => {
    const { circuits, counts } = anEnvironment();
    await reportTimes(circuits, 4);
    await reportTimes(circuits, 100, 'answered');
    expect(counts.replaces).toBe(5);
    await reportTimes(circuits, 4);
    expect(await circuits.permit(gpt)).toEqual(closed);
  });

  it('tell once of what opens and what closes, and why', async () => {
    const { store, clock } = anEnvironment();
    const turns: ReportedTurn[] = [];
    const onTurn = async (turn: ReportedTurn) => void turns.push(turn);
    const [one, other] = [1, 2].map(() => createCircuits({ store, clock, chance, onTurn }));
    if (one === undefined || other === undefined) throw new Error('two environments were asked for');
    await Promise.all([one.report(gpt, closed, noMoney), other.report(gpt, closed, noMoney)]);
    await one.report(gpt, closed, 'answered');
    expect(turns).toEqual([{ ...gpt, kind: 'opened', reason: 'money' }]);
    await clock.advance(30_000);
    const probe = await one.permit(gpt);
    if (probe.kind !== 'probe') throw new Error('a probe is due');
    await one.report(gpt, probe, 'answered');
    expect(turns.slice(1)).toEqual([{ ...gpt, kind: 'closed', reason: 'money' }]);
  });

  it('let a second environment that succeeds write nothing more', async () => {
    const { circuits, store, shared, clock } = anEnvironment();
    const other = createCircuits({ store, clock, chance });
    await reportTimes(circuits, 1);
    await other.permit(gpt);
    await circuits.report(gpt, closed, 'answered');
    await reportTimes(other, 10, 'answered');
    const [record] = await shared.list('circuit');
    expect(record).toMatchObject({ version: 2, value: { state: { kind: 'closed', failures: 0 } } });
  });

  it('close when the probe answers, for everybody', async () => {
    const { circuits, store, clock } = anEnvironment();
    await reportTimes(circuits, 5);
    await clock.advance(30_000);
    const permit = await circuits.permit(gpt);
    if (permit.kind !== 'probe') throw new Error(`expected a probe, got ${permit.kind}`);
    expect(await circuits.permit(gpt)).toEqual({ kind: 'open', reason: 'outage', retryInMs: 30_000 });
    await circuits.report(gpt, permit, 'answered');
    expect(await circuits.permit(gpt)).toEqual(closed);
    expect(await createCircuits({ store, clock, chance }).permit(gpt)).toEqual(closed);
  });

  it('are not reopened by a list that lags behind their own write', async () => {
    const { circuits, clock, setFaults, shared } = anEnvironment();
    await reportTimes(circuits, 4);
    const old = await shared.list('circuit');
    setFaults({ list: async () => old });
    await circuits.report(gpt, closed, dead);
    await clock.advance(4_000);
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'open', reason: 'outage' });
  });

  it('hold the next call back until a failure is counted, a second at most', async () => {
    const { circuits, clock, setFaults, shared } = anEnvironment();
    await reportTimes(circuits, 4);
    const write = Promise.withResolvers<void>();
    setFaults({ replace: (...args) => write.promise.then(() => shared.replace(...args)) });
    void circuits.report(gpt, closed, dead);
    const seen: string[] = [];
    void circuits.permit({ ...gpt, modelId: 'gpt-5-mini' }).then(({ kind }) => seen.push(`other: ${kind}`));
    void circuits.permit(gpt).then(({ kind }) => seen.push(kind));
    await clock.advance(999);
    expect(seen).toEqual(['other: closed']);
    await clock.advance(1);
    expect(seen).toEqual(['other: closed', 'closed']);
    const last = circuits.permit(gpt);
    write.resolve();
    expect(await last).toMatchObject({ kind: 'open', reason: 'outage' });
  });

  it('are forgotten after a day, when they are not held', async () => {
    const { circuits, clock } = anEnvironment();
    await reportTimes(circuits, 5);
    const held = { ...gpt, modelId: 'gpt-5-mini' };
    await circuits.hold(held, 'open', 'test');
    await clock.advance(86_400_000);
    expect(await circuits.permit(gpt)).toEqual(closed);
    expect(await circuits.permit(held)).toMatchObject({ kind: 'open', reason: 'held' });
    await reportTimes(circuits, 5);
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'open', reason: 'outage' });
  });

  it('count on when a record expires just after it was read', async () => {
    const { circuits, clock } = anEnvironment();
    await reportTimes(circuits, 4);
    await clock.advance(86_399_999);
    await circuits.permit(gpt);
    await clock.advance(1);
    await reportTimes(circuits, 5);
    expect(await circuits.permit(gpt)).toEqual({ kind: 'open', reason: 'outage', retryInMs: 30_000 });
  });

  it('take a record that cannot be read for a closed one, and write over it', async () => {
    const { circuits, shared } = anEnvironment();
    await shared.replace(gptKey, 0, { state: 'open please' }, 60_000);
    expect(await circuits.permit(gpt)).toEqual(closed);
    await reportTimes(circuits, 5);
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'open', reason: 'outage' });
  });
});

describe('an operator', () => {
  it('holds a circuit open or closed against everything, and lets it go', async () => {
    const { circuits, clock, counts } = anEnvironment();
    await circuits.hold(gpt, 'open', 'test');
    await reportTimes(circuits, 3, 'answered');
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'open', reason: 'held' });
    await circuits.hold(gpt, 'closed', 'test');
    await reportTimes(circuits, 50);
    await circuits.report(gpt, closed, noMoney);
    await clock.advance(1_000);
    expect(await circuits.permit(gpt)).toEqual(closed);
    expect(counts.replaces).toBe(2);
    await circuits.hold(gpt, 'auto', 'test');
    await reportTimes(circuits, 5);
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'open', reason: 'outage' });
  });

  it('sees every circuit that has a record', async () => {
    const { circuits, shared } = anEnvironment();
    const odd: CircuitId = { provider: 'azure-openai', modelId: 'eu/gpt-5' };
    await circuits.hold(odd, 'open', 'test');
    await circuits.report(gpt, closed, noMoney);
    await shared.replace({ family: 'circuit', name: 'nobody/gpt-5' }, 0, {}, 60_000);
    const listed = await circuits.list();
    expect(listed.map(({ provider, modelId, circuit }) => [provider, modelId, circuit.hold])).toEqual([
      ['azure-openai', 'eu/gpt-5', 'open'],
      ['openai', gpt.modelId, undefined],
    ]);
    expect(listed[1]?.circuit.state).toMatchObject({ kind: 'open', reason: 'money' });
  });

  it('is told when a hold or a list got nowhere', async () => {
    const down = anEnvironment({ list: fails, replace: fails });
    await expect(down.circuits.hold(gpt, 'open', 'test')).rejects.toThrow('the store is down');
    await expect(down.circuits.list()).rejects.toThrow('the store is down');
    const busy = anEnvironment({ replace: async () => ({ kind: 'changed', current: undefined }) });
    await expect(busy.circuits.hold(gpt, 'open', 'test')).rejects.toThrow('changed at every try');
  });
});

describe('a store that fails', () => {
  it('leaves unknown circuits closed, and is not read again for a second', async () => {
    const { circuits, clock, counts } = anEnvironment({ list: fails });
    expect(await circuits.permit(gpt)).toEqual(closed);
    await clock.advance(999);
    expect(await circuits.permit(gpt)).toEqual(closed);
    expect(counts.lists).toBe(1);
    await clock.advance(1);
    await circuits.permit(gpt);
    expect(counts.lists).toBe(2);
  });

  it('leaves circuits as they were last seen', async () => {
    const { circuits, clock, setFaults } = anEnvironment();
    await reportTimes(circuits, 5);
    setFaults({ list: fails });
    await clock.advance(10_000);
    expect(await circuits.permit(gpt)).toEqual({ kind: 'open', reason: 'outage', retryInMs: 20_000 });
  });

  it('gives no lease: the circuit stays open, and the next try is a second later', async () => {
    const { circuits, clock, shared, counts, setFaults } = anEnvironment({ replace: fails });
    await shared.replace(gptKey, 0, due, 60_000);
    const asked = [await circuits.permit(gpt), await circuits.permit(gpt)];
    expect(asked).toEqual(Array(2).fill({ kind: 'open', reason: 'outage', retryInMs: 1_000 }));
    expect(counts.replaces).toBe(1);
    setFaults({});
    await clock.advance(1_000);
    expect(await circuits.permit(gpt)).toMatchObject({ kind: 'probe' });
  });

  it('drops a report that loses every race', async () => {
    const { circuits, counts } = anEnvironment({
      replace: async () => ({ kind: 'changed', current: undefined }),
    });
    await circuits.report(gpt, closed, dead);
    expect(counts.replaces).toBe(8);
  });

  it('never makes a call fail, whichever of its operations fail', async () => {
    const faults = fc.record({ list: fc.constant(fails), replace: fc.constant(fails) }, { requiredKeys: [] });
    const results = fc.constantFrom<'answered' | ModelFailure>('answered', dead, noMoney);
    const steps = fc.array(fc.tuple(faults, results, fc.nat(40_000)), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const world = anEnvironment();
        for (const [nextFaults, result, waitMs] of given) {
          world.setFaults(nextFaults);
          const permit = await world.circuits.permit(gpt);
          if (permit.kind === 'open') expect(permit.retryInMs).toBeGreaterThan(0);
          else await world.circuits.report(gpt, permit, result);
          await world.clock.advance(waitMs);
        }
      }),
      { numRuns: 50 },
    );
  });
});

it('whoever holds a circuit at the same moment as twenty others holds it after them', async () => {
  const clock = virtualClock(START_MS);
  const store = inMemoryFleetStore(clock.now);
  const people = Array.from({ length: 20 }, () => createCircuits({ store, clock, chance }));
  const held = await Promise.all(
    people.map((person, nth) => person.hold(gpt, nth % 2 === 0 ? 'open' : 'closed', `person-${nth}`)),
  );
  expect(held.map(({ hold }) => hold)).toEqual(people.map((_, nth) => (nth % 2 === 0 ? 'open' : 'closed')));
  const [{ version } = { version: 0 }] = await store.list(gptKey.family);
  expect(version).toBe(people.length);
});
