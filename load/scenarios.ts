import type { JobKind, Scenario } from './scenario.ts';

/** What creators' chat asks for: mostly drafts that a person waits for, some replies that go out at once. */
const chat: Scenario['jobs'] = [
  { lane: 'critical', model: 'gpt-5-mini' },
  { lane: 'high', model: 'gpt-5' },
  { lane: 'high', model: 'gpt-5-mini' },
  { lane: 'medium', model: 'gpt-5-mini' },
  { lane: 'high', model: 'gpt-5-mini' },
  { lane: 'critical', model: 'gpt-5-nano' },
  { lane: 'high', model: 'gpt-5-nano' },
  { lane: 'low', model: 'gpt-5-nano' },
  { lane: 'high', model: 'gpt-5-mini' },
  { lane: 'medium', model: 'gpt-5-nano' },
];

/** Each lane as often as the others, each with what it is for. */
const everyLane: Scenario['jobs'] = [
  { lane: 'critical', model: 'gpt-5-nano' },
  { lane: 'low', model: 'gpt-5-mini' },
  { lane: 'high', model: 'gpt-5-mini' },
  { lane: 'medium', model: 'gpt-5-mini' },
];

const gpt5: JobKind = { lane: 'high', model: 'gpt-5' };
const nano: JobKind = { lane: 'critical', model: 'gpt-5-nano' };

/** 10 messages a minute: what a user may send (mission, row 12). */
const atTheLimit = { kind: 'chat', messagesPerMinute: 10 } as const;

/** They come evenly, within twice the six seconds that lie between two messages of one user: so messages come evenly, too. */
const users = (count: number, staySeconds: number, rampSeconds = 12) =>
  ({ kind: 'closed', users: count, rampSeconds, staySeconds }) as const;

/**
 * More users than the lanes have places for (16 in `high`): they wait, as they should. That nobody waits half of what the
 * lane has patience for is still asked, and that who is in `critical` waits no longer than ever.
 */
const overfull = ['usual-wait-high', 'usual-wait-medium', 'usual-wait-low'] as const;

/** In the middle of the run, so that there is a before and an after. */
const midRun = { models: ['gpt-5'], from: 0.25, until: 0.75 } as const;

/** Every load run there is, by the order in which somebody new would try them. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'smoke',
    question: 'Does everything work at all, for one user?',
    arrivals: users(1, 60, 1),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 0,
    proofs: [],
  },
  {
    name: 'load',
    question: 'Do 50 users, which is a usual day, get their answers in time?',
    arrivals: users(50, 300),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 30,
    proofs: [],
  },
  {
    name: 'stress',
    question: 'What happens with twice as many for longer: do important lanes stay quick while others wait?',
    arrivals: users(100, 600),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 30,
    proofs: [{ kind: 'priority-order' }],
    excused: overfull,
  },
  {
    name: 'spike',
    question: 'Do 200 users who come within a minute and leave again do harm?',
    arrivals: users(200, 120, 60),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 0,
    proofs: [{ kind: 'priority-order' }],
    excused: overfull,
  },
  {
    name: 'soak',
    question: 'Is it the same after an hour as after a minute?',
    arrivals: users(20, 3_600),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 60,
    proofs: [],
  },
  {
    name: 'all-endpoints',
    question: 'Do all endpoints of the API answer, each as it should?',
    arrivals: users(2, 60, 2),
    behaviour: { kind: 'endpoints', everySeconds: 15 },
    jobs: [nano],
    warmUpSeconds: 0,
    proofs: [{ kind: 'all-endpoints' }],
  },
  {
    name: 'chat',
    question: 'What do creators see who chat at the limit of 10 messages a minute?',
    arrivals: users(20, 180),
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 20,
    proofs: [],
  },
  {
    name: 'gpt5-timeouts',
    question: 'What becomes of jobs of 50 users when GPT-5 falls silent, and who answers them how soon?',
    arrivals: users(50, 180),
    behaviour: { kind: 'chat', messagesPerMinute: 3 },
    jobs: [gpt5],
    warmUpSeconds: 20,
    faults: { ...midRun, fault: { kind: 'silent' } },
    proofs: [
      { kind: 'timed-out', least: 1 },
      { kind: 'rescued', least: 10 },
    ],
    excused: ['rescued-answers'],
  },
  {
    name: 'fallback',
    question: 'When GPT-5 fails, does GPT-5 Mini answer for 50 users, at what cost, and is no job lost?',
    arrivals: users(50, 180),
    behaviour: { kind: 'chat', messagesPerMinute: 3 },
    jobs: [gpt5],
    warmUpSeconds: 20,
    faults: { ...midRun, fault: { kind: 'reset' } },
    proofs: [{ kind: 'rescued', least: 10 }],
    excused: ['rescued-answers'],
  },
  {
    name: 'concurrent-50',
    question: 'How fast are 50 users served who each wait for their answer before they write again?',
    arrivals: users(50, 120),
    behaviour: { kind: 'turns' },
    jobs: [nano, { lane: 'high', model: 'gpt-5-mini' }, { lane: 'high', model: 'gpt-5-nano' }],
    warmUpSeconds: 20,
    proofs: [],
  },
  {
    name: 'sqs-producers',
    question: 'Do jobs that come by SQS, without HTTP, end as those that come over HTTP?',
    arrivals: users(10, 120, 3),
    behaviour: { kind: 'produce', messagesPerMinute: 20 },
    jobs: everyLane,
    warmUpSeconds: 10,
    proofs: [],
  },
  {
    name: 'mixed-lanes',
    question: 'Does a lane that is full take anything from a more important one?',
    arrivals: users(60, 180),
    behaviour: atTheLimit,
    jobs: everyLane,
    warmUpSeconds: 20,
    proofs: [{ kind: 'priority-order' }],
  },
  {
    name: 'open',
    question: 'How long do jobs take when messages come at their own rate, whoever is slow?',
    arrivals: { kind: 'open', perSecond: 5, seconds: 180 },
    behaviour: atTheLimit,
    jobs: chat,
    warmUpSeconds: 20,
    proofs: [],
  },
  {
    name: 'dispatch',
    question: 'What does Relay itself take of a job, when models answer at once?',
    arrivals: { kind: 'open', perSecond: 10, seconds: 90 },
    behaviour: atTheLimit,
    jobs: everyLane,
    warmUpSeconds: 15,
    models: 'instant',
    proofs: [],
  },
];

export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name);
