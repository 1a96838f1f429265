import type { JobMessage } from '../../pipeline/job/job-message.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { ModelName, Turn } from '../../pipeline/model/model.ts';
import type { Random } from '../../seeded-random.ts';
import { seededRandom } from '../../seeded-random.ts';
import type { Creator } from './creators.ts';
import { creators } from './creators.ts';
import type { Exchange, Language, Phrases } from './phrases.ts';
import { filler } from './phrases.ts';
import { phrasesEn } from './phrases-en.ts';
import { phrasesFr } from './phrases-fr.ts';

/** A message whose job can be looked up afterwards. */
export type SampleJob = JobMessage & { jobId: string };

/** What each lane is for: live chat, drafts of paid messages, analytics, campaigns. */
const modelsOfLane: Record<LaneName, readonly [ModelName, ...ModelName[]]> = {
  critical: ['gpt-5-mini', 'gpt-5-nano', 'claude'],
  high: ['gpt-5', 'gpt-5-mini'],
  medium: ['gpt-5-mini', 'gpt-5'],
  low: ['gpt-5-nano', 'gpt-5-mini'],
};

const phrasesOf: Record<Language, Phrases> = { en: phrasesEn, fr: phrasesFr };

/** 2 rounds x 30 creators x 4 lanes = 240 jobs: 8 a creator, who has 10 starts a minute. */
const ROUNDS = 2;
const FANS_PER_CREATOR = 8;

type Fan = { ref: string; name: string };

const fanNames = [
  'Alex',
  'Camille',
  'Sacha',
  'Jo',
  'Charlie',
  'Lou',
  'Noa',
  'Eden',
  'Sam',
  'Andrea',
  'Kim',
  'Maxime',
  'Robin',
  'Yael',
] as const;

/** The 240 jobs of a sample run, 60 a lane and mixed. The same seed gives the same jobs, to the letter. */
export const sampleJobs = (seed: number): SampleJob[] => {
  const random = seededRandom(seed);
  const audiences = creators.map((creator) => ({ creator, fans: drawFans(random) }));
  return Array.from({ length: ROUNDS }, () => audiences).flatMap((round) =>
    round.flatMap(({ creator, fans }) => laneNames.map((lane) => drawJob(random, lane, creator, fans))),
  );
};

const drawFans = (random: Random): readonly [Fan, ...Fan[]] => [
  drawFan(random),
  ...Array.from({ length: FANS_PER_CREATOR - 1 }, () => drawFan(random)),
];

const drawFan = (random: Random): Fan => ({ ref: `fan_${random.hex(12)}`, name: random.pick(fanNames) });

const drawJob = (
  random: Random,
  lane: LaneName,
  creator: Creator,
  fans: readonly [Fan, ...Fan[]],
): SampleJob => {
  const fan = random.pick(fans);
  const language = drawLanguage(random, creator.language);
  const { topic, messages, concernsFan } = drawConversation(random, lane, language, fan);
  return {
    jobId: uuid(random),
    tenantId: creator.tenantId,
    creatorId: creator.creatorId,
    subjectRefs: concernsFan ? [fan.ref] : [],
    priority: lane,
    model: random.pick(modelsOfLane[lane]),
    input: { instructions: creator.instructions, messages },
    ...drawOptions(random, lane),
    mode: lane === 'critical' && random.chance(0.25) ? 'auto' : 'draft',
    metadata: { topic, language },
  };
};

/** One fan in eight writes in the language that is not the creator's. */
const drawLanguage = (random: Random, ofCreator: Language): Language => {
  if (!random.chance(1 / 8)) return ofCreator;
  return ofCreator === 'fr' ? 'en' : 'fr';
};

const drawConversation = (random: Random, lane: LaneName, language: Language, fan: Fan) => {
  const phrases = phrasesOf[language];
  const scenario = random.pick(phrases.scenarios[lane]);
  const detour = isChat(lane) && random.chance(0.6) ? [random.pick(phrases.detours)] : [];
  const exchanges = [random.pick(phrases.openings[lane]), ...detour, ...scenario.before];
  const ask = `${random.pick(scenario.asks)} ${random.pick(phrases.closings[lane])}`;
  const fill = filler(random, language, phrases.slots, { fan: fan.name });
  const said = (content: string): Turn => ({ role: 'user', content: capitalized(fill(content)) });
  const messages = [...exchanges.flatMap((exchange) => turnsOf(exchange, fill)), said(ask)];
  return { topic: scenario.topic, messages, concernsFan: isChat(lane) || ask.includes('{fan}') };
};

const isChat = (lane: LaneName): boolean => lane === 'critical' || lane === 'high';

const turnsOf = ({ said, answered }: Exchange, fill: (text: string) => string): Turn[] => [
  { role: 'user', content: capitalized(fill(said)) },
  { role: 'assistant', content: fill(answered) },
];

/** A slot may stand first in its text. */
const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const OPTIONS_OF_LANE: Record<LaneName, NonNullable<JobMessage['options']>> = {
  critical: { reasoningEffort: 'minimal', maxOutputTokens: 600 },
  high: { reasoningEffort: 'low' },
  medium: { reasoningEffort: 'medium', maxOutputTokens: 4_000 },
  low: { maxOutputTokens: 2_000 },
};

/** Most jobs leave the choice to the catalogue; one in ten says something itself. */
const drawOptions = (random: Random, lane: LaneName): Pick<SampleJob, 'options'> =>
  random.chance(0.1) ? { options: OPTIONS_OF_LANE[lane] } : {};

/** Looks like a version 4 UUID (RFC 9562), but is drawn from the seed. */
const uuid = (random: Random): string =>
  [
    random.hex(8),
    random.hex(4),
    `4${random.hex(3)}`,
    `${random.pick(['8', '9', 'a', 'b'])}${random.hex(3)}`,
    random.hex(12),
  ].join('-');
