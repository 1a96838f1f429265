import { atMost, type Finding } from '../drill.ts';
import type { ModelCall } from '../rig/model-calls.ts';

/** What the models saw of one outage: every call of the dead model, and when its circuit opened. In ms since 1970. */
export type Outage = {
  what: string;
  calls: readonly Pick<ModelCall, 'startedAtMs' | 'endedAtMs' | 'outcome'>[];
  openedAtMs: number;
  /** From opening to the first probe, and from probe to probe, in ms. */
  recoveryMs: number;
  /** Probes that were made while the model was still dead. */
  failedProbes: number;
  /** Jobs that the fleet may have had in flight. */
  slots: number;
};

/** Counted failures that open a circuit, and how long every worker may take to see it: the promises of the issue. */
const COUNTED = 5;
const STOPS_WITHIN_MS = 1_000;

/** Probes are leased a period apart; the call follows its lease as soon as the machine lets it. In ms. */
const LEASE_TO_CALL_MS = 1_000;

/** Calls of workers that did not know yet, and calls that were made although every worker knew. */
export const splitOutage = ({ calls, openedAtMs, recoveryMs }: Outage) => {
  const after = calls.filter(({ startedAtMs }) => startedAtMs > openedAtMs);
  const firstProbeMs = openedAtMs + recoveryMs - LEASE_TO_CALL_MS;
  const recovered = after.findIndex(
    ({ startedAtMs, outcome }) => startedAtMs >= firstProbeMs && outcome === 'answered',
  );
  const late = recovered < 0 ? after : after.slice(0, recovered + 1);
  return {
    before: calls.filter(({ startedAtMs }) => startedAtMs <= openedAtMs),
    stragglers: late.filter(({ startedAtMs }) => startedAtMs < firstProbeMs),
    probes: late.filter(({ startedAtMs }) => startedAtMs >= firstProbeMs),
  };
};

/** What the issue promises of a dead provider, held against what was seen. */
export const judgeOutage = (outage: Outage): Finding[] => {
  const { what, openedAtMs, slots } = outage;
  const { before, stragglers, probes } = splitOutage(outage);
  const inFlight = before.filter(({ endedAtMs = Infinity }) => endedAtMs > openedAtMs).length;
  const lastMs = Math.max(0, ...stragglers.map(({ startedAtMs }) => startedAtMs - openedAtMs));
  return [
    {
      expected: `${what}: ${COUNTED} counted failures and at most the ${slots} jobs in flight reach it before every worker stops`,
      found: `${before.length + stragglers.length} calls: ${before.length} before its circuit opened (${inFlight} of them in flight then), ${stragglers.length} after`,
      holds: before.length >= COUNTED && before.length + stragglers.length <= COUNTED + slots,
    },
    atMost(`${what}: last call of a worker after the opening`, lastMs, STOPS_WITHIN_MS, 'ms', 'promised'),
    judgeProbes(outage, probes),
  ];
};

const judgeProbes = (
  { what, openedAtMs, recoveryMs, failedProbes }: Outage,
  probes: Outage['calls'],
): Finding => {
  const instants = [openedAtMs, ...probes.map(({ startedAtMs }) => startedAtMs)];
  const gaps = instants.slice(1).map((atMs, index) => atMs - (instants[index] ?? 0));
  const seconds = gaps.map((ms) => (ms / 1000).toFixed(1)).join(', ');
  return {
    expected: `${what}: one probe per ${recoveryMs / 1000} s, ${failedProbes} that ${failedProbes === 1 ? 'fails' : 'fail'} and one that is answered`,
    found: `${probes.length} probe(s), after ${seconds || '-'} s each; the last was ${probes.at(-1)?.outcome ?? 'never made'}`,
    holds:
      probes.length === failedProbes + 1 &&
      probes.at(-1)?.outcome === 'answered' &&
      gaps.every((ms) => ms >= recoveryMs - LEASE_TO_CALL_MS),
  };
};
