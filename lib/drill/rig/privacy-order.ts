import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { privacyRequest } from '../../api/schemas/privacy.ts';
import type { PrivacyRight } from '../../pipeline/privacy/privacy-request.ts';
import type { ApiClient } from './api-client.ts';
import type { Rig } from './rig.ts';

export type PrivacyRequest = z.infer<typeof privacyRequest>;

export type PrivacyOrder = { right: PrivacyRight; subject: { kind: 'fan'; ref: string } };

/** The two functions that a schedule calls once a minute. */
export const privacyDoors = ['answer-privacy-requests', 'verify-privacy'] as const;

export const order = async (api: ApiClient, asked: PrivacyOrder): Promise<PrivacyRequest> =>
  privacyRequest.parse((await api.ask('POST', '/v1/privacy/requests', asked)).body);

/** How often the doors are called, in ms. */
const CALL_EVERY_MS = 1_000;

/** Has the doors work, however often they die, until what is looked for is there. */
export const workUntil = async <Found>(
  rig: Pick<Rig, 'invoke'>,
  doors: readonly (typeof privacyDoors)[number][],
  look: () => Promise<Found | undefined>,
  signal: AbortSignal,
): Promise<Found> => {
  for (;;) {
    for (const door of doors) await rig.invoke(door, { audit: false }).catch(() => undefined); // it died
    const found = await look();
    if (found !== undefined) return found;
    await sleep(CALL_EVERY_MS, undefined, { signal });
  }
};

const replayed = z.object({ isWhole: z.boolean(), erased: z.number() });

/** Erases again what a restore has brought back of a tenant's persons, as a person orders it: when all was looked at. */
export const replayErasures = async (
  rig: Pick<Rig, 'askFunction' | 'invoke'>,
  tenantId: string,
  signal: AbortSignal,
): Promise<void> => {
  const tell = async (order: object) => {
    const answer = await rig.askFunction('answer-privacy-requests', order).catch(() => undefined); // it died
    return replayed.safeParse(answer).data;
  };
  const begin = async () => tell({ replay: tenantId });
  await workUntil(rig, [], begin, signal);
  const look = async () => ((await tell({ replayed: tenantId }))?.isWhole === true ? true : undefined);
  await workUntil(rig, ['answer-privacy-requests'], look, signal);
};

/** The request when it has been carried out. */
export const carriedOut = (
  rig: Pick<Rig, 'invoke'>,
  api: ApiClient,
  { links }: Pick<PrivacyRequest, 'links'>,
  signal: AbortSignal,
): Promise<PrivacyRequest> => {
  const look = async () => {
    const seen = privacyRequest.parse((await api.ask('GET', links.self)).body);
    return seen.completedAt === undefined ? undefined : seen;
  };
  return workUntil(rig, privacyDoors, look, signal);
};
