import { laneNames } from '../../pipeline/job/lane.ts';
import { keepSending } from '../rig/keep-sending.ts';
import { openLaneQueues } from '../rig/lane-queues.ts';
import type { AlarmDrill } from './alarm-drill.ts';

/** More than lane `critical` begins within half of its patience, which is 150. */
const FLOOD = 200;

/** Thinks longer than 80 % of a worker's time, in the time of metrics: 2.2 s at 60. */
const THINKING_MS = 2_200;

export const laneDrills: readonly AlarmDrill[] = [
  {
    name: 'standstill',
    condition: 'AWS refuses to run any worker while every lane has jobs',
    alarms: ['backlog', ...laneNames.map((lane) => `waiting-${lane}`)],
    // Half of the patience of lane `low` is 3 h.
    rig: { alarmTimeScale: 600 },
    begin: async (rig) => {
      await rig.cloudFaults([{ id: 'refused', fault: { kind: 'no-concurrency' } }]);
      await rig.send(
        'critical',
        Array.from({ length: FLOOD }, () => ({})),
      );
      for (const lane of ['high', 'medium', 'low'] as const) await rig.send(lane, [{}]);
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'poison',
    condition: 'a message that is no job comes to every lane',
    alarms: laneNames.map((lane) => `dead-letters-${lane}`),
    rig: { alarmTimeScale: 60 },
    begin: async (rig) => {
      using queues = openLaneQueues(rig);
      for (const lane of laneNames) await queues.sendBodies(lane, ['{"tenantId":']);
    },
    end: async (rig) => {
      using queues = openLaneQueues(rig);
      await queues.deadLetters(); // received and kept hidden, as by a tool that moves them
    },
  },
  {
    name: 'refused-workers',
    condition: 'AWS refuses to run the workers of lane `low`, again and again',
    alarms: ['throttled-functions'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig) => {
      await rig.cloudFaults([
        { id: 'refused', match: { functionName: 'process-job-low' }, fault: { kind: 'no-concurrency' } },
      ]);
      await rig.send('low', [{}]);
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'deaths',
    condition: 'every worker of lane `critical` dies with its job',
    alarms: ['function-errors'],
    // Five deaths within 15 s, of cold workers that a busy machine starts one after the other.
    rig: { alarmTimeScale: 20 },
    begin: async (rig, during) => {
      const match = { functionName: 'process-job-critical' };
      await rig.cloudFaults([{ id: 'death', match, fault: { kind: 'kill', when: 'before-return' } }]);
      await keepSending(rig, during, { everyMs: 500, jobs: [{}] });
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'slow-workers',
    condition: 'workers take nearly all of their time',
    alarms: ['near-timeout'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.modelFaults([{ id: 'thinking', match: {}, fault: { kind: 'lateStart', ms: THINKING_MS } }]);
      await keepSending(rig, during, { lane: 'high', everyMs: 1_000, jobs: [{}] });
    },
    end: (rig) => rig.modelFaults([]),
  },
  {
    name: 'fleet-table',
    condition: 'DynamoDB throttles the table that the fleet shares',
    alarms: ['throttled-tables', 'delivery-errors'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.cloudFaults([{ id: 'throttled', match: { table: 'fleet' }, fault: { kind: 'throttle' } }]);
      await keepSending(rig, during, { everyMs: 250, jobs: [{}] });
    },
    end: (rig) => rig.cloudFaults([]),
  },
];
