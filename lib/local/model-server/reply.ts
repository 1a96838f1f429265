import type { Usage } from '../../pipeline/model/model.ts';
import type { Random } from '../../seeded-random.ts';
import { type Phrases, phrasesEn, phrasesFr } from './phrases.ts';
import type { ModelCall } from './wire.ts';

/** What a model would do with a call: how long it takes, what it says, what it counts. */
export type DrawnReply = {
  latencyMs: number;
  /** From the call to the first event of a stream. */
  firstEventMs: number;
  /** From there to the first word. */
  thinkingMs: number;
  text: string;
  isCutShort: boolean;
  usage: Usage;
};

/** English averages about 4 characters a token, French a little less. */
const CHARS_PER_TOKEN = 4;

/** What begins alike is not cached below 1,024 tokens, and above in steps of 128 (OpenAI, prompt caching guide). */
const LEAST_CACHED_PREFIX_TOKENS = 1024;
const CACHE_STEP_TOKENS = 128;

/** Median latency in ms at medium effort, by the family of the model. */
const medians: readonly { family: RegExp; medianMs: number }[] = [
  { family: /nano|luna/, medianMs: 900 },
  { family: /mini|terra/, medianMs: 1800 },
  { family: /claude/, medianMs: 1500 },
];
const SLOWEST_MEDIAN_MS = 4000;

/** Of a log-normal whose p99 is three times its median: ln 3 / 2.326. */
const LATENCY_SIGMA = 0.472;

/** Of a log-normal whose p99 is twice its median: ln 2 / 2.326. */
const FIRST_EVENT_SIGMA = 0.298;
const FIRST_EVENT_MEDIAN_MS = 200;

/** Even the quickest reply spends half of its time on the text. */
const MAX_FIRST_EVENT_SHARE = 0.5;

/** `thinkingShare` is of the time that is left after the first event. */
type Reasoning = { latencyFactor: number; thinkingShare: number; least: number; most: number };

/** Effort slows a reply and adds hidden tokens, which are counted in steps of 64. */
const reasonings: ReadonlyMap<string | undefined, Reasoning> = new Map([
  [undefined, { latencyFactor: 1, thinkingShare: 0.1, least: 0, most: 0 }],
  ['minimal', { latencyFactor: 0.5, thinkingShare: 0.1, least: 0, most: 0 }],
  ['low', { latencyFactor: 0.75, thinkingShare: 0.3, least: 1, most: 4 }],
  ['medium', { latencyFactor: 1, thinkingShare: 0.5, least: 3, most: 12 }],
  ['high', { latencyFactor: 2, thinkingShare: 0.7, least: 16, most: 40 }],
]);
const REASONING_STEP_TOKENS = 64;
const unknownEffort: Reasoning = { latencyFactor: 1, thinkingShare: 0.1, least: 0, most: 0 };

/** Depends on nothing but the call and the draws. */
export const drawReply = (random: Random, call: ModelCall): DrawnReply => {
  const reasoning = reasonings.get(call.effort) ?? unknownEffort;
  const latencyMs = drawLatencyMs(random, call.model) * reasoning.latencyFactor;
  const text = drawText(random, phrasesFor(call.lastUserText));
  const wanted = tokensOf(text.length);
  const limit = call.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const visible = Math.min(wanted, limit);
  const steps = random.between(reasoning.least, reasoning.most);
  const reasoningTokens = Math.min(steps * REASONING_STEP_TOKENS, limit - visible);
  const inputTokens = tokensOf(call.inputChars);
  const cache = drawCache(random, inputTokens, call);
  const firstEventMs = drawFirstEventMs(random, latencyMs);
  return {
    latencyMs,
    firstEventMs,
    thinkingMs: (latencyMs - firstEventMs) * reasoning.thinkingShare,
    text: text.slice(0, visible * CHARS_PER_TOKEN),
    isCutShort: visible < wanted,
    usage: { inputTokens, ...cache, outputTokens: visible + reasoningTokens, reasoningTokens },
  };
};

const drawLatencyMs = (random: Random, model: string): number => {
  const medianMs = medians.find(({ family }) => family.test(model))?.medianMs ?? SLOWEST_MEDIAN_MS;
  return medianMs * Math.exp(LATENCY_SIGMA * drawNormal(random));
};

const drawFirstEventMs = (random: Random, latencyMs: number): number =>
  Math.min(
    FIRST_EVENT_MEDIAN_MS * Math.exp(FIRST_EVENT_SIGMA * drawNormal(random)),
    latencyMs * MAX_FIRST_EVENT_SHARE,
  );

/** Box-Muller, kept within three standard deviations. */
const drawNormal = (random: Random): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return Math.max(-3, Math.min(3, radius * Math.cos(2 * Math.PI * random.next())));
};

/** The prefix is in the cache, or this call puts it there. */
const drawCache = (
  random: Random,
  inputTokens: number,
  { cacheableChars, chargesCacheWrites }: ModelCall,
): Pick<Usage, 'cachedInputTokens' | 'cacheWriteTokens'> => {
  const isHit = random.chance(0.6);
  const cacheable = Math.min(Math.floor(cacheableChars / CHARS_PER_TOKEN), inputTokens);
  const prefix = cacheable < LEAST_CACHED_PREFIX_TOKENS ? 0 : cacheable - (cacheable % CACHE_STEP_TOKENS);
  return isHit
    ? { cachedInputTokens: prefix, cacheWriteTokens: 0 }
    : { cachedInputTokens: 0, cacheWriteTokens: chargesCacheWrites ? prefix : 0 };
};

const drawText = (random: Random, phrases: Phrases): string =>
  [random.pick(phrases.openings), random.pick(phrases.bodies), random.pick(phrases.closings)].join(' ');

const FRENCH =
  /[àâçèêëîïôùûœ]|\b(je|tu|vous|nous|merci|bonjour|bonsoir|salut|coucou|avec|pour|les|des|une|est|ton|tes|mon)\b/i;

const phrasesFor = (text: string): Phrases => (FRENCH.test(text) ? phrasesFr : phrasesEn);

const tokensOf = (chars: number): number => Math.max(1, Math.ceil(chars / CHARS_PER_TOKEN));
