import fc from 'fast-check';
import type { HistoryEvent } from '../../lib/simulation/history.ts';
import {
  acknowledged,
  answerOf,
  cached,
  delivered,
  ended,
  ends,
  expired,
  fallback,
  killed,
  kindsIn,
  refused,
  sent,
  sentBack,
  started,
} from './story.ts';

/** The life of a job, told from a moment on; `environment` and the next one are its own. */
type Story = (jobId: string, environment: number, fromMs: number) => HistoryEvent[];

const deadlineMs = 5_000;

const opening: Story = (jobId, environment, fromMs) => [
  sent(fromMs, { jobId, user: jobId, deadlineAtMs: fromMs + deadlineMs }),
  delivered(fromMs + 10, environment, jobId),
];
const callOf = (jobId: string, environment: number, fromMs: number, callId: string, outcome = 'answer') => [
  started(fromMs, callId, { jobId, environment }),
  ended(fromMs + 50, callId, outcome),
];
const answeredFrom: Story = (jobId, environment, fromMs) => [
  ...callOf(jobId, environment, fromMs, `${jobId}-z`),
  ...ends(fromMs + 60, answerOf(`${jobId}-z`), environment, jobId),
  acknowledged(fromMs + 70, environment, jobId),
];

const stories: Record<string, Story> = {
  answered: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...answeredFrom(jobId, environment, fromMs + 20),
  ],
  rescued: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...callOf(jobId, environment, fromMs + 20, `${jobId}-a`, 'overloaded'),
    ...answeredFrom(jobId, environment, fromMs + 80),
  ],
  defaulted: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...callOf(jobId, environment, fromMs + 20, `${jobId}-a`, 'overloaded'),
    ...ends(fromMs + 80, fallback, environment, jobId),
    acknowledged(fromMs + 90, environment, jobId),
  ],
  refused: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...callOf(jobId, environment, fromMs + 20, `${jobId}-a`, 'content-policy'),
    ...ends(fromMs + 80, refused, environment, jobId),
    acknowledged(fromMs + 90, environment, jobId),
  ],
  expired: (jobId, environment, fromMs) => [
    sent(fromMs, { jobId, user: jobId, deadlineAtMs: fromMs + deadlineMs }),
    delivered(fromMs + deadlineMs, environment, jobId),
    ...ends(fromMs + deadlineMs + 1, expired, environment, jobId),
    acknowledged(fromMs + deadlineMs + 2, environment, jobId),
  ],
  deferred: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...callOf(jobId, environment, fromMs + 20, `${jobId}-a`, 'overloaded'),
    sentBack(fromMs + 80, 'throttled', environment, jobId),
    delivered(fromMs + 500, environment + 1, jobId),
    ...answeredFrom(jobId, environment + 1, fromMs + 510),
  ],
  'killed with an answer': (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...callOf(jobId, environment, fromMs + 20, `${jobId}-a`),
    killed(fromMs + 80, environment),
    delivered(fromMs + 500, environment + 1, jobId),
    ...answeredFrom(jobId, environment + 1, fromMs + 510),
  ],
  'killed in a call': (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    started(fromMs + 20, `${jobId}-a`, { jobId, environment }),
    killed(fromMs + 30, environment),
    delivered(fromMs + 500, environment + 1, jobId),
    ...answeredFrom(jobId, environment + 1, fromMs + 510),
  ],
  repeated: (jobId, environment, fromMs) => [
    ...opening(jobId, environment, fromMs),
    ...answeredFrom(jobId, environment, fromMs + 20),
    sent(fromMs + 200, { jobId: `${jobId}-2`, user: jobId }),
    delivered(fromMs + 210, environment, `${jobId}-2`),
    ...ends(fromMs + 220, cached(`${jobId}-z`), environment, `${jobId}-2`),
    acknowledged(fromMs + 230, environment, `${jobId}-2`),
  ],
};

const anyStories = fc
  .array(fc.tuple(fc.constantFrom(...Object.values(stories)), fc.nat(2_000)), { minLength: 1, maxLength: 12 })
  .map((plans) => plans.map(([story, fromMs], index) => story(`j${index}`, 2 * index, fromMs)));

/** One event of one story, and the stories. */
const anyPlace = fc.tuple(anyStories, fc.nat(), fc.nat()).map(([told, which, where]) => {
  const index = which % told.length;
  const story = told[index] ?? [];
  const others = told.filter((_, other) => other !== index);
  return { story, others, at: where % story.length };
});

const asHistory = (told: readonly HistoryEvent[][]) => told.flat().sort((a, b) => a.atMs - b.atMs);

type Kind = HistoryEvent['kind'];

/** What `change` did to a story is found when `isDue` says so, and nothing is found when it does not. */
const holds = (
  change: (story: readonly HistoryEvent[], at: number) => HistoryEvent[],
  isDue: (story: readonly HistoryEvent[], at: number) => boolean,
): void =>
  fc.assert(
    fc.property(anyPlace, ({ story, others, at }) => {
      const kinds = kindsIn(asHistory([...others, change(story, at)]));
      expect(kinds.length > 0).toBe(isDue(story, at));
    }),
    { numRuns: 500 },
  );

const kindAt = (story: readonly HistoryEvent[], at: number): Kind | undefined => story[at]?.kind;

it('finds nothing in clean histories', () => {
  fc.assert(fc.property(anyStories, (told) => expect(kindsIn(asHistory(told))).toEqual([])));
});

/** What a killed worker did last leaves no trace that is missed. */
const isLastOfKilled = (story: readonly HistoryEvent[], at: number): boolean =>
  kindAt(story, at + 1) === 'environment-killed';

it('misses whatever is taken away and was promised', () => {
  const idle: ReadonlySet<Kind | undefined> = new Set(['acknowledged', 'sent-back']);
  holds(
    (story, at) => story.toSpliced(at, 1),
    (story, at) => !idle.has(kindAt(story, at)) && !isLastOfKilled(story, at),
  );
});

it('finds calls and endings that are there twice, and lets a lane repeat itself', () => {
  const single: ReadonlySet<Kind | undefined> = new Set(['call-started', 'call-ended', 'ending-written']);
  holds(
    (story, at) => story.flatMap((event, index) => (index === at ? [event, event] : [event])),
    (story, at) => single.has(kindAt(story, at)),
  );
});

/** Exchanges an event with the next one of its story; each takes the other's time. */
const exchanged = (story: readonly HistoryEvent[], at: number): HistoryEvent[] => {
  const [event, next] = story.slice(at, at + 2);
  if (event === undefined || next === undefined) return [...story];
  return story.toSpliced(at, 2, { ...next, atMs: event.atMs }, { ...event, atMs: next.atMs });
};

it('finds an effect before its cause', () => {
  const causes: Partial<Record<Kind, readonly (Kind | undefined)[]>> = {
    sent: ['delivered'],
    delivered: ['call-started', 'ending-written'],
    'call-started': ['call-ended', 'environment-killed'],
    'call-ended': ['ending-written'],
    'ending-written': ['end-told'],
    'end-told': ['acknowledged'],
  };
  holds(exchanged, (story, at) => {
    const kind = kindAt(story, at);
    return kind !== undefined && (causes[kind]?.includes(kindAt(story, at + 1)) ?? false);
  });
});

it('finds an event that stands before its time', () => {
  fc.assert(
    fc.property(anyStories, fc.nat(), (told, which) => {
      const history = asHistory(told);
      const late = history.filter(({ atMs }) => atMs > (history[0]?.atMs ?? 0));
      const moved = late.slice(which % late.length).slice(0, 1);
      const rest = history.filter((event) => !moved.includes(event));
      expect(kindsIn([...moved, ...rest])).toContain('broken-record');
    }),
  );
});
