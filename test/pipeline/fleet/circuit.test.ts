import fc from 'fast-check';
import {
  afterCall,
  type CallReport,
  type Circuit,
  circuitReasons,
  circuitSchema,
  closedCircuit,
  FAILURE_WINDOW_MS,
  leaseProbe,
  recoveryMs,
  standingOf,
  withHold,
} from '../../../lib/pipeline/fleet/circuit.ts';
import { type ModelFailure, providerNames } from '../../../lib/pipeline/model/model.ts';

const NOW_MS = Date.parse('2026-11-22T12:00:00Z');
const dead: ModelFailure = { kind: 'transient', code: 'provider-error' };

/** One call after another, a second apart unless said otherwise; as the last circuit that was written. */
const circuitAfter = (
  results: readonly CallReport['result'][],
  { from = closedCircuit, everyMs = 1_000 }: { from?: Circuit; everyMs?: number } = {},
): Circuit =>
  results.reduce<Circuit>(
    (circuit, result, index) =>
      afterCall(circuit, { result, nowMs: NOW_MS + index * everyMs, provider: 'openai' }) ?? circuit,
    from,
  );

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const openFor = (reason: (typeof circuitReasons)[number], probeId?: string): Circuit => ({
  state: {
    kind: 'open',
    reason,
    openedAtMs: NOW_MS - 30_000,
    retryAtMs: NOW_MS,
    ...(probeId && { probeId }),
  },
});
const reportAt = (nowMs: number, result: CallReport['result'], probeId?: string): CallReport => ({
  nowMs,
  result,
  provider: 'openai',
  probeId,
});

describe('a circuit that counts', () => {
  it('stays closed at four failures in a row and opens at the fifth', () => {
    expect(standingOf(circuitAfter(times(4, dead)), NOW_MS + 4_000)).toEqual({ kind: 'closed' });
    const opened = circuitAfter(times(5, dead));
    expect(standingOf(opened, NOW_MS + 4_000)).toEqual({ kind: 'open', reason: 'outage', retryInMs: 30_000 });
  });

  it('starts anew after a success', () => {
    const results = [...times(4, dead), 'answered' as const, ...times(4, dead)];
    expect(circuitAfter(results).state).toMatchObject({ kind: 'closed', failures: 4 });
  });

  it('starts anew at one when the failure before is more than a minute old', () => {
    const spread = circuitAfter(times(20, dead), { everyMs: FAILURE_WINDOW_MS + 1 });
    expect(spread.state).toMatchObject({ kind: 'closed', failures: 1 });
    expect(circuitAfter(times(5, dead), { everyMs: FAILURE_WINDOW_MS }).state.kind).toBe('open');
  });

  it('writes nothing for a success when nothing has failed', () => {
    expect(afterCall(closedCircuit, reportAt(NOW_MS, 'answered'))).toBeUndefined();
  });

  it.each([
    'provider-error',
    'provider-timeout',
    'overloaded',
    'connection-failed',
    'malformed-reply',
    'silent',
    'stalled',
    'timeout',
  ])('counts %s as the fault of the provider', (code) => {
    expect(circuitAfter(times(5, { kind: 'transient', code })).state).toMatchObject({
      kind: 'open',
      reason: 'outage',
    });
  });

  it.each<ModelFailure>([
    { kind: 'transient', code: 'own-timeout' },
    { kind: 'transient', code: 'reply-too-large' },
    { kind: 'transient', code: 'conflict' },
    { kind: 'transient', code: 'empty-answer' },
    { kind: 'throttled', code: 'rate-limited' },
    { kind: 'throttled', code: 'rate-limited', retryAfterMs: 4_999 },
    { kind: 'refused', code: 'content-policy' },
    { kind: 'invalid', code: 'context-too-long' },
    { kind: 'misconfigured', code: 'parameter-not-supported' },
    { kind: 'misconfigured', code: 'tier-not-supported' },
  ])('neither counts $kind $code nor takes it for a success', (failure) => {
    expect(circuitAfter(times(50, failure))).toEqual(closedCircuit);
    const four = circuitAfter(times(4, dead));
    expect(circuitAfter(times(50, failure), { from: four })).toEqual(four);
  });
});

describe('a circuit that opens at once', () => {
  it.each(['credentials-rejected', 'key-missing', 'key-malformed', 'key-unreadable', 'model-not-found'])(
    'does so for %s',
    (code) => {
      const opened = circuitAfter([{ kind: 'misconfigured', code }]);
      expect(standingOf(opened, NOW_MS)).toEqual({ kind: 'open', reason: 'credentials', retryInMs: 30_000 });
    },
  );

  it('does so when the money is gone', () => {
    const opened = circuitAfter([{ kind: 'money', code: 'spend-limit' }]);
    expect(standingOf(opened, NOW_MS)).toMatchObject({ kind: 'open', reason: 'money' });
  });

  it('obeys a long Retry-After, and closes by itself when it is over', () => {
    const opened = circuitAfter([{ kind: 'throttled', code: 'rate-limited', retryAfterMs: 12_000 }]);
    expect(standingOf(opened, NOW_MS)).toEqual({ kind: 'open', reason: 'quota', retryInMs: 12_000 });
    expect(standingOf(opened, NOW_MS + 12_000)).toEqual({ kind: 'closed' });
    expect(leaseProbe(opened, { nowMs: NOW_MS + 12_000, provider: 'openai', probeId: 'p' })).toBeUndefined();
    expect(afterCall(opened, reportAt(NOW_MS + 12_000, 'answered'))).toBeUndefined();
    expect(afterCall(opened, reportAt(NOW_MS + 12_000, dead))?.state).toMatchObject({ failures: 1 });
  });

  it('obeys a Retry-After for five minutes at most', () => {
    const opened = circuitAfter([{ kind: 'throttled', code: 'rate-limited', retryAfterMs: 86_400_000 }]);
    expect(standingOf(opened, NOW_MS)).toMatchObject({ reason: 'quota', retryInMs: 300_000 });
  });
});

describe('an open circuit', () => {
  it('is due for a probe after a minute at Azure OpenAI, and after half a minute elsewhere', () => {
    expect(recoveryMs).toEqual({ 'azure-openai': 60_000, openai: 30_000, anthropic: 30_000 });
    for (const provider of providerNames) {
      const report = { nowMs: NOW_MS, provider, result: { kind: 'money', code: 'spend-limit' } } as const;
      const opened = afterCall(closedCircuit, report) ?? closedCircuit;
      const dueAtMs = NOW_MS + recoveryMs[provider];
      expect(standingOf(opened, dueAtMs - 1)).toEqual({ kind: 'open', reason: 'money', retryInMs: 1 });
      expect(standingOf(opened, dueAtMs)).toEqual({ kind: 'due', reason: 'money' });
    }
  });

  it('is not moved by calls that were in flight when it opened', () => {
    const results: CallReport['result'][] = [
      dead,
      'answered',
      { kind: 'money', code: 'spend-limit' },
      { kind: 'throttled', code: 'rate-limited', retryAfterMs: 60_000 },
    ];
    for (const result of results)
      expect(afterCall(openFor('outage', 'p'), reportAt(NOW_MS, result))).toBeUndefined();
  });

  it('gives one lease, which moves the next probe a recovery period on', () => {
    const leased = leaseProbe(openFor('outage'), { nowMs: NOW_MS, provider: 'openai', probeId: 'p' });
    expect(leased?.state).toMatchObject({ probeId: 'p', retryAtMs: NOW_MS + 30_000 });
    const again = { nowMs: NOW_MS + 29_999, provider: 'openai', probeId: 'q' } as const;
    expect(leaseProbe(leased ?? closedCircuit, again)).toBeUndefined();
    expect(leaseProbe(leased ?? closedCircuit, { ...again, nowMs: NOW_MS + 30_000 })?.state).toMatchObject({
      probeId: 'q',
    });
  });

  it.each<CallReport['result']>([
    'answered',
    { kind: 'refused', code: 'content-policy' },
    { kind: 'invalid', code: 'context-too-long' },
    { kind: 'transient', code: 'empty-answer' },
  ])('closes when its probe proves the provider alive: %j', (result) => {
    expect(afterCall(openFor('outage', 'p'), reportAt(NOW_MS, result, 'p'))).toEqual({
      ...closedCircuit,
      turns: [{ kind: 'closed', reason: 'outage', atMs: NOW_MS }],
    });
  });

  it.each<ModelFailure>([
    dead,
    { kind: 'transient', code: 'own-timeout' },
    { kind: 'throttled', code: 'rate-limited' },
    { kind: 'misconfigured', code: 'parameter-not-supported' },
  ])('needs no write when its probe proves nothing new: $kind $code', (failure) => {
    expect(afterCall(openFor('outage', 'p'), reportAt(NOW_MS, failure, 'p'))).toBeUndefined();
  });

  it('ignores a probe whose lease has passed to another, and one that comes after it has closed', () => {
    expect(afterCall(openFor('outage', 'q'), reportAt(NOW_MS, 'answered', 'p'))).toBeUndefined();
    expect(afterCall(closedCircuit, reportAt(NOW_MS, dead, 'p'))).toBeUndefined();
  });

  it('takes over the reason that its probe has found, since another person must act', () => {
    const failure: ModelFailure = { kind: 'misconfigured', code: 'credentials-rejected' };
    const found = afterCall(openFor('outage', 'p'), reportAt(NOW_MS, failure, 'p'));
    expect(found?.state).toMatchObject({ reason: 'credentials', openedAtMs: NOW_MS - 30_000 });
    expect(afterCall(openFor('money', 'p'), reportAt(NOW_MS, dead, 'p'))?.state).toMatchObject({
      reason: 'outage',
      retryAtMs: NOW_MS + 30_000,
    });
  });

  it('does not cut the lease short when its probe is throttled for less', () => {
    const leased = leaseProbe(openFor('outage'), { nowMs: NOW_MS, provider: 'openai', probeId: 'p' });
    const failure: ModelFailure = { kind: 'throttled', code: 'rate-limited', retryAfterMs: 6_000 };
    const found = afterCall(leased ?? closedCircuit, reportAt(NOW_MS + 1_000, failure, 'p'));
    expect(found?.state).toMatchObject({ reason: 'quota', retryAtMs: NOW_MS + 30_000 });
  });
});

const instant = fc.integer({ min: NOW_MS - 600_000, max: NOW_MS + 600_000 });
const anyResult: fc.Arbitrary<CallReport['result']> = fc.oneof(
  fc.constant('answered' as const),
  fc.record(
    {
      kind: fc.constantFrom('transient', 'throttled', 'money', 'misconfigured', 'refused', 'invalid'),
      code: fc.constantFrom('provider-error', 'own-timeout', 'key-missing', 'rate-limited', 'odd'),
      retryAfterMs: fc.nat(1_000_000),
    },
    { requiredKeys: ['kind', 'code'] },
  ),
);
const anyReport: fc.Arbitrary<CallReport> = fc.record(
  {
    nowMs: instant,
    provider: fc.constantFrom(...providerNames),
    result: anyResult,
    probeId: fc.constantFrom('p', 'q'),
  },
  { requiredKeys: ['nowMs', 'provider', 'result'] },
);
const anyState: fc.Arbitrary<Circuit['state']> = fc.oneof(
  fc.record({ kind: fc.constant('closed' as const), failures: fc.nat(4), lastFailureAtMs: instant }),
  fc.record({
    kind: fc.constant('open' as const),
    reason: fc.constantFrom(...circuitReasons),
    openedAtMs: instant,
    retryAtMs: instant,
    probeId: fc.constant('p'),
  }),
);

describe('a held circuit', () => {
  it('stands as it is held, whatever lies beneath, and no call changes it', () => {
    fc.assert(
      fc.property(anyState, anyReport, fc.constantFrom('open', 'closed'), (state, report, hold) => {
        const held = withHold({ state }, { hold, by: 'ops', nowMs: report.nowMs });
        expect(afterCall(held, report)).toBeUndefined();
        expect(leaseProbe(held, { ...report, probeId: 'r' })).toBeUndefined();
        const standing = standingOf(held, report.nowMs);
        expect(standing).toMatchObject(
          hold === 'open' ? { kind: 'open', reason: 'held' } : { kind: 'closed' },
        );
      }),
    );
  });

  it('goes back to what lay beneath when it is let go, and letting go of a free one changes nothing', () => {
    fc.assert(
      fc.property(anyState, fc.constantFrom('open', 'closed', 'auto'), (state, hold) => {
        const order = { by: 'ops', nowMs: NOW_MS };
        const held = withHold({ state }, { ...order, hold });
        const { turns, ...released } = withHold(held, { ...order, hold: 'auto' });
        expect(released).toEqual({ state });
        expect(turns?.map(({ kind }) => kind)).toEqual(
          hold === 'auto' ? undefined : [`held-${hold}`, 'released'],
        );
      }),
    );
  });
});

describe('the turns of a circuit', () => {
  const noMoney: ModelFailure = { kind: 'money', code: 'quota-exhausted' };
  const kindsOf = ({ turns = [] }: Circuit) =>
    turns.map((turn) => ('reason' in turn ? `${turn.kind} ${turn.reason}` : `${turn.kind} ${turn.by}`));

  it('tell why it opened and closed, who held it, and nothing of calls and probes that turned nothing', () => {
    const opened = circuitAfter([dead, dead, 'answered', noMoney, dead]);
    const leased = leaseProbe(opened, { nowMs: NOW_MS + 90_000, provider: 'openai', probeId: 'p' }) ?? opened;
    const unpaid = afterCall(leased, reportAt(NOW_MS + 90_001, noMoney, 'p')) ?? leased;
    const closed = afterCall(unpaid, reportAt(NOW_MS + 90_002, 'answered', 'p')) ?? unpaid;
    const order = { by: 'ops', nowMs: NOW_MS + 100_000 };
    const held = withHold(withHold(closed, { ...order, hold: 'open' }), { ...order, hold: 'open' });
    const released = withHold(held, { ...order, by: 'other', hold: 'auto' });
    expect(kindsOf(released)).toEqual(['opened money', 'closed money', 'held-open ops', 'released other']);
    expect(released.turns?.map(({ atMs }) => atMs - NOW_MS)).toEqual([3_000, 90_002, 100_000, 100_000]);
  });

  it('are the last ten', () => {
    let circuit = closedCircuit;
    for (let nth = 0; nth < 12; nth += 1) {
      const hold = nth % 2 === 0 ? 'open' : 'auto';
      circuit = withHold(circuit, { hold, by: String(nth), nowMs: NOW_MS + nth });
    }
    expect(circuit.turns?.map(({ atMs }) => atMs - NOW_MS)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('cost a circuit nothing else when a person has written them wrongly', () => {
    const record = { ...openFor('money'), hold: 'open', turns: [{ kind: 'turned' }] };
    expect(circuitSchema.parse(record)).toEqual({ ...openFor('money'), hold: 'open' });
  });
});

describe('the record of a circuit', () => {
  it('comes back from JSON as it was, after any call', () => {
    fc.assert(
      fc.property(anyState, anyReport, (state, report) => {
        const circuit = afterCall({ state }, report) ?? { state };
        expect(circuitSchema.parse(JSON.parse(JSON.stringify(circuit)))).toEqual(circuit);
      }),
    );
  });

  it('never counts beyond the failures that open it, and never waits longer than five minutes', () => {
    const later = fc.tuple(anyReport, fc.nat(90_000));
    fc.assert(
      fc.property(fc.array(later, { maxLength: 40 }), (reports) => {
        let circuit: Circuit = closedCircuit;
        let nowMs = NOW_MS;
        for (const [report, gapMs] of reports) {
          nowMs += gapMs;
          circuit = afterCall(circuit, { ...report, nowMs }) ?? circuit;
          const standing = standingOf(circuit, nowMs);
          if (standing.kind === 'open') expect(standing.retryInMs).toBeLessThanOrEqual(300_000);
          if (circuit.state.kind === 'closed') expect(circuit.state.failures).toBeLessThan(5);
        }
      }),
    );
  });
});
