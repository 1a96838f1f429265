import { setTimeout as sleep } from 'node:timers/promises';
import type { Behaviour } from '../../../load/scenario.ts';
import { callEveryEndpoint } from './call-every-endpoint.ts';
import type { Desk } from './desk.ts';
import { inTurn, pace } from './pace.ts';
import { type Message, postMessage, produceMessage } from './send-message.ts';
import { LOOK_EVERY_MS, untilEnded } from './until-ended.ts';

/** A user of a run: from when until when, in ms since 1970. */
type Stay = { user: number; fromMs: number; untilMs: number };

/** Lives as its scenario says, until it leaves. */
export const liveAs = (desk: Desk, stay: Stay): Promise<void> => {
  const { behaviour, arrivals } = desk.assignment.scenario;
  if (arrivals.kind === 'open') return beTheWorld(desk, stay, arrivals.perSecond);
  switch (behaviour.kind) {
    case 'chat':
      return chat(desk, stay, behaviour);
    case 'produce':
      return produce(desk, stay, behaviour);
    case 'turns':
      return takeTurns(desk, stay);
    case 'endpoints':
      return callEndpoints(desk, stay, behaviour);
  }
};

type Paced = Extract<Behaviour, { messagesPerMinute: number }>;

const everyMs = ({ messagesPerMinute }: Paced): number => 60_000 / messagesPerMinute;

/** Users take the kinds of jobs in the same order, each from another one on. */
const kindsFor = ({ assignment: { scenario } }: Desk, user: number) => {
  const [first, ...others] = scenario.jobs;
  const shift = user % scenario.jobs.length;
  const turned = [...[first, ...others].slice(shift), ...[first, ...others].slice(0, shift)];
  return inTurn([turned[0] ?? first, ...turned.slice(1)]);
};

/** One creator, who never sends more than a user may. */
const chat = async (desk: Desk, { user, fromMs, untilMs }: Stay, behaviour: Paced): Promise<void> => {
  const kinds = kindsFor(desk, user);
  for await (const { dueAtMs } of pace(fromMs, everyMs(behaviour), untilMs))
    await postMessage(desk, { kind: kinds.next().value, creator: `creator-${user}`, dueAtMs });
};

/** A service that sends for many creators. */
const produce = async (desk: Desk, { user, fromMs, untilMs }: Stay, behaviour: Paced): Promise<void> => {
  const kinds = kindsFor(desk, user);
  for await (const { number, dueAtMs } of pace(fromMs, everyMs(behaviour), untilMs))
    await produceMessage(desk, { kind: kinds.next().value, creator: `creator-${user}-${number}`, dueAtMs });
};

/** Messages of many people, none of whom waits for another: a slow target does not slow them down. */
const beTheWorld = async (desk: Desk, { user, fromMs, untilMs }: Stay, perSecond: number): Promise<void> => {
  const kinds = kindsFor(desk, user);
  const underWay: Promise<unknown>[] = [];
  for await (const { number, dueAtMs } of pace(fromMs, 1_000 / perSecond, untilMs)) {
    const message: Message = { kind: kinds.next().value, creator: `creator-${number}`, dueAtMs };
    underWay.push(postMessage(desk, message));
  }
  await Promise.all(underWay);
};

/** A user who has waited this long gives up on an answer, in ms. */
const PATIENCE_MS = 120_000;

const takeTurns = async (desk: Desk, { user, untilMs }: Stay): Promise<void> => {
  const kinds = kindsFor(desk, user);
  for (let turn = 0; Date.now() < untilMs; turn += 1) {
    const message = { kind: kinds.next().value, creator: `creator-${user}-${turn}`, dueAtMs: Date.now() };
    const jobId = await postMessage(desk, message);
    if (jobId === undefined) await sleep(LOOK_EVERY_MS);
    else await untilEnded(desk, jobId, Date.now() + PATIENCE_MS);
  }
};

const callEndpoints = async (
  desk: Desk,
  { user, fromMs, untilMs }: Stay,
  { everySeconds }: Extract<Behaviour, { kind: 'endpoints' }>,
): Promise<void> => {
  for await (const { number } of pace(fromMs, everySeconds * 1_000, untilMs))
    await callEveryEndpoint(desk, `creator-${user}-${number}`);
};
