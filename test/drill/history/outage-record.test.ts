import { judgeOutage, type Outage } from '../../../lib/drill/history/outage-record.ts';

const OPENED_MS = 100_000;

/** A call at that many ms from the opening. */
const call = (atMs: number, outcome = 'failed'): Outage['calls'][number] => ({
  startedAtMs: OPENED_MS + atMs,
  endedAtMs: OPENED_MS + atMs + 5,
  outcome,
});

const counted = [-50, -40, -30, -20, -10].map((atMs) => call(atMs));

const anOutage = (calls: Outage['calls']): Outage => ({
  what: 'OpenAI',
  calls,
  openedAtMs: OPENED_MS,
  recoveryMs: 30_000,
  failedProbes: 1,
  slots: 4,
});

/** Whether the promises hold: of the calls that reach it, of when they stop, and of the probes. */
const verdictsOn = (calls: Outage['calls']): boolean[] =>
  judgeOutage(anOutage(calls)).map(({ holds }) => holds);

const probes = [call(30_100), call(60_200, 'answered')];

describe('an outage', () => {
  it('holds with five failures, one probe that fails and one that is answered', () => {
    expect(verdictsOn([...counted, ...probes])).toEqual([true, true, true]);
  });

  it('ends with the probe that is answered: calls after it are ordinary ones', () => {
    const ordinary = [60_300, 60_301, 60_302].map((atMs) => call(atMs, 'answered'));
    expect(verdictsOn([...counted, ...probes, ...ordinary])).toEqual([true, true, true]);
  });

  it('forgives what was in flight, and no more', () => {
    const inFlight = [-5, 100, 200, 900].map((atMs) => call(atMs));
    expect(verdictsOn([...counted, ...inFlight, ...probes])).toEqual([true, true, true]);
    expect(verdictsOn([...counted, ...inFlight, call(901), ...probes])).toEqual([false, true, true]);
  });

  it('is not one when fewer failures have opened the circuit', () => {
    expect(verdictsOn([...counted.slice(1), ...probes])).toEqual([false, true, true]);
  });

  it('finds a worker that does not stop within a second', () => {
    expect(verdictsOn([...counted, call(1_001), ...probes])).toEqual([true, false, true]);
  });

  it('finds a second probe in one period', () => {
    expect(verdictsOn([...counted, call(30_100), call(30_300), call(60_200, 'answered')])).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('finds a probe that nobody made, and one that was never answered', () => {
    expect(verdictsOn([...counted, call(60_200, 'answered')])).toEqual([true, true, false]);
    expect(verdictsOn([...counted, call(30_100), call(60_200)])).toEqual([true, true, false]);
  });
});
