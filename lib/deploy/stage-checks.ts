import { type StageConfig, usedProviders } from '../config.ts';
import { type Catalogue, liveOffers } from '../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';
import {
  modelShutdownDays,
  NO_SHUTDOWN_DAYS,
  SHUTDOWN_LEAD_DAYS,
  shutdownProblems,
} from '../pipeline/model/lifecycle.ts';
import { modelNames } from '../pipeline/model/model.ts';
import { DAY_MS, dayStartMs, utcDay } from '../pipeline/utc.ts';
import { DETAILS_FILE, lackingInNotice } from '../privacy/documents/controller-details.ts';
import { overdueReviews, processors, REVIEW_DAYS } from '../privacy/map/processors.ts';
import { type Finding, held, refused, type Verdict, warned } from './finding.ts';

/** What can be said of a stage without an account. */
export const stageFindings = (
  config: StageConfig,
  nowMs: number,
  catalogue: Catalogue = defaultCatalogue,
  lacking: readonly string[] = lackingInNotice(),
): Finding[] => [
  { check: 'models', ...modelsVerdict(config, nowMs, catalogue) },
  { check: 'budget', ...budgetVerdict(config) },
  { check: 'alarm e-mail', ...alarmEmailVerdict(config) },
  { check: "processors' terms", ...termsVerdict(config, nowMs) },
  { check: 'privacy notice', ...noticeVerdict(config, lacking) },
  { check: 'consent', ...consentVerdict(config) },
  { check: 'disclosure', ...disclosureVerdict(config) },
];

/** The day is the caller's: models are shut down whether a stage is deployed or not. */
const modelsVerdict = (config: StageConfig, nowMs: number, catalogue: Catalogue): Verdict => {
  const used = usedProviders(config);
  const [problem] = shutdownProblems(catalogue, used, nowMs);
  if (problem !== undefined) {
    const [, model = '', what = '', fix = ''] = /^(Model [^:]+): ([^:]+): (.+)$/s.exec(problem) ?? [];
    return refused(`${model}: ${what}`, fix);
  }
  const days = modelShutdownDays(catalogue, used, nowMs);
  const first = days === NO_SHUTDOWN_DAYS ? 'none has a known end' : `the first is lost in ${days} days`;
  const ending = endingSoon(config, nowMs, catalogue);
  return held(
    `${first}${ending.length === 0 ? '' : `; within ${SHUTDOWN_LEAD_DAYS} days ${ending.join(', ')}`}`,
  );
};

/** Offers that somebody else takes over from before the next deploy may be: worth knowing, not worth refusing. */
const endingSoon = (config: StageConfig, nowMs: number, catalogue: Catalogue): string[] => {
  const used = usedProviders(config);
  const lastMs = nowMs + SHUTDOWN_LEAD_DAYS * DAY_MS;
  return modelNames.flatMap((name) =>
    liveOffers(catalogue[name], nowMs, (provider) => used.has(provider))
      .filter(({ liveUntil }) => liveUntil !== undefined && dayStartMs(liveUntil) <= lastMs)
      .map(({ provider, modelId, liveUntil }) => `${provider}/${modelId} ends on ${liveUntil}`),
  );
};

const BUDGET_FIX = `give each tenant $5 a day: -c budgets='{"perDayMicroUsd": 5000000, "criticalShare": 0.1, "tenants": {}}'`;

const budgetVerdict = ({ stage, budgets: { perDayMicroUsd, tenants } }: StageConfig): Verdict => {
  if (perDayMicroUsd !== undefined) return held(`$${perDayMicroUsd / 1e6} a day for each tenant`);
  const named = Object.keys(tenants).length;
  const found = `tenants${named === 0 ? '' : ` other than ${named}`} may spend what they like`;
  return stage === 'production' ? refused(found, BUDGET_FIX) : warned(found, BUDGET_FIX);
};

const EMAIL_FIX = 'say who is told: -c alarmEmail=oncall@example.com';

const alarmEmailVerdict = ({ stage, alarmEmail }: StageConfig): Verdict => {
  if (alarmEmail !== undefined) return held(alarmEmail);
  const found = 'nobody is told of alarms';
  return stage === 'production' ? refused(found, EMAIL_FIX) : warned(found, EMAIL_FIX);
};

/** Providers change their terms: what nobody has read for so long is no ground to give them data on. */
const termsVerdict = (config: StageConfig, nowMs: number): Verdict => {
  const used: ReadonlySet<string> = usedProviders(config);
  const register = processors.filter(({ name }) => name === 'aws' || used.has(name));
  const overdue = overdueReviews(register, utcDay(nowMs)).map(({ legalName }) => legalName);
  if (overdue.length === 0) return held(`read within ${REVIEW_DAYS} days`);
  return warned(
    `not read for ${REVIEW_DAYS} days: ${overdue.join(', ')}`,
    'read them, and write down when: lib/privacy/map/processors.ts, then npm run privacy',
  );
};

/** Nobody may be written about before a notice says who answers for it (GDPR Art. 13 and 14). */
const noticeVerdict = ({ stage }: StageConfig, lacking: readonly string[]): Verdict => {
  if (lacking.length === 0) return held('says who answers for it');
  const found = `does not say: ${lacking.join(', ')}`;
  const fix = `write it into ${DETAILS_FILE}, then npm run privacy -- --publish DIR`;
  return stage === 'production' ? refused(found, fix) : warned(found, fix);
};

const CONSENT_FIX = 'have producers send consentRef, then -c requireConsent=true';

/** Content is of special categories: without another exception of Art. 9(2) it needs an explicit consent. */
const consentVerdict = ({ requireConsent }: StageConfig): Verdict =>
  requireConsent
    ? held('jobs name a consent, or fail')
    : warned('jobs are done for persons whose consent nobody names (GDPR Art. 9)', CONSENT_FIX);

const DISCLOSURE_FIX = 'have producers send disclosed with mode auto, then -c requireDisclosure=true';

/** Who talks to a machine must be told so, at the latest at the first message. */
const disclosureVerdict = ({ requireDisclosure }: StageConfig): Verdict =>
  requireDisclosure
    ? held('jobs in mode auto say that the person was told, or fail')
    : warned(
        'jobs in mode auto are done without a word that the person was told (AI Act Art. 50)',
        DISCLOSURE_FIX,
      );
