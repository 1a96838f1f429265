import {
  type Catalogue,
  isLive,
  type LogicalModel,
  liveOffers,
  modelTimeoutMs,
} from '../../pipeline/model/catalogue.ts';
import { liveUntilMs } from '../../pipeline/model/lifecycle.ts';
import { modelNames, type ProviderName } from '../../pipeline/model/model.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { utcDay } from '../../pipeline/utc.ts';
import type { Operations } from './operations.ts';

type Ports = {
  stage: string;
  clock: Pick<Clock, 'now'>;
  catalogue: Catalogue;
  /** Those that the stage uses. */
  providers: ReadonlySet<ProviderName>;
};

/** What can be said of the stage without asking anybody. */
export const createStageOperations = ({
  stage,
  clock,
  catalogue,
  providers,
}: Ports): Pick<Operations, 'getHealth' | 'getDocument' | 'listModels'> => ({
  getHealth: async () => ({ kind: 'answer', status: 200, body: { status: 'ok', stage } }),
  getDocument: async () => {
    const { openApiDocument } = await import('../../api/openapi.ts'); // of no use to a cold start
    return { kind: 'answer', status: 200, body: openApiDocument() };
  },
  listModels: async () => {
    const nowMs = clock.now();
    const models = modelNames.map((model) => ({ model, ...describe(catalogue[model], providers, nowMs) }));
    return { kind: 'answer', status: 200, body: { models } };
  },
});

const describe = (logical: LogicalModel, providers: ReadonlySet<ProviderName>, nowMs: number) => {
  const untilMs = liveUntilMs(logical, providers, nowMs);
  const isOffered = liveOffers(logical, nowMs, (provider) => providers.has(provider)).length > 0;
  return {
    live: isOffered,
    ...(isOffered && Number.isFinite(untilMs) && { liveUntil: utcDay(untilMs) }),
    timeoutMs: modelTimeoutMs(logical, { tier: 'default' }),
    fallbacks: [...logical.fallbacks],
    offers: logical.offers
      .filter(({ provider }) => providers.has(provider))
      .map((offer) => ({
        provider: offer.provider,
        modelId: offer.modelId,
        live: isLive(offer, nowMs),
        ...(offer.liveFrom && { liveFrom: offer.liveFrom }),
        ...(offer.liveUntil && { liveUntil: offer.liveUntil }),
      })),
  };
};
