import { DAY_MS, dayStartMs } from '../utc.ts';
import { type Catalogue, type LogicalModel, liveOffers } from './catalogue.ts';
import { type ModelName, modelNames, type ProviderName } from './model.ts';

/** The providers that a stage uses. */
type Providers = ReadonlySet<ProviderName>;

/** No deploy is let through that loses a model within this: time to find a successor and to try it. In days. */
export const SHUTDOWN_LEAD_DAYS = 14;

/** At so many days before a model is lost, somebody is told. */
export const SHUTDOWN_ALARM_DAYS = [60, 30, 7] as const;

/** Stands for a shutdown that nobody has announced. In days, and more than any alarm's threshold. */
export const NO_SHUTDOWN_DAYS = 9_999;

/**
 * From when on no provider answers for the model, in ms since 1970: `nowMs` when none does now, Infinity when no end is
 * known. An offer that begins by the day on which another ends is its successor, whoever's it is.
 */
export const liveUntilMs = (model: LogicalModel, providers: Providers, nowMs: number): number => {
  let untilMs = nowMs;
  for (;;) {
    const live = liveOffers(model, untilMs, (provider) => providers.has(provider));
    if (live.length === 0) return untilMs;
    untilMs = Math.max(
      ...live.map(({ liveUntil }) => (liveUntil === undefined ? Infinity : dayStartMs(liveUntil))),
    );
    if (untilMs === Infinity) return untilMs;
  }
};

/** A model that none of the stage's providers ever offers is not lost by any shutdown: it was never there. */
const isServed = ({ offers }: LogicalModel, providers: Providers): boolean =>
  offers.some(({ provider }) => providers.has(provider));

const servedModels = (catalogue: Catalogue, providers: Providers): readonly ModelName[] =>
  modelNames.filter((name) => isServed(catalogue[name], providers));

/** Whole days until the first logical model loses its last live provider; NO_SHUTDOWN_DAYS at most. */
export const modelShutdownDays = (catalogue: Catalogue, providers: Providers, nowMs: number): number =>
  Math.min(
    NO_SHUTDOWN_DAYS,
    ...servedModels(catalogue, providers).map((name) =>
      Math.floor((liveUntilMs(catalogue[name], providers, nowMs) - nowMs) / DAY_MS),
    ),
  );

/** Every logical model that has no live provider, or loses its last one too soon, as a sentence with the fix. */
export const shutdownProblems = (catalogue: Catalogue, providers: Providers, nowMs: number): string[] =>
  servedModels(catalogue, providers).flatMap((name) => {
    const untilMs = liveUntilMs(catalogue[name], providers, nowMs);
    if (untilMs > nowMs + SHUTDOWN_LEAD_DAYS * DAY_MS) return [];
    const asked = [...providers].toSorted().join(', ');
    const loss =
      untilMs === nowMs
        ? `none of the stage's providers (${asked}) answers for it today`
        : `the last of the stage's providers (${asked}) shuts it down on ${shutdownDay(catalogue[name], untilMs)}, ` +
          `within ${SHUTDOWN_LEAD_DAYS} days from today`;
    return [`Model ${name}: ${loss}: ${FIX}`];
  });

const shutdownDay = ({ offers }: LogicalModel, untilMs: number): string =>
  offers.map(({ liveUntil = '' }) => liveUntil).find((day) => dayStartMs(day) === untilMs) ?? '';

const FIX =
  'give it a successor that is live by then in lib/pipeline/model/default-catalogue.ts, or use another provider ' +
  '(-c providers=...).';
