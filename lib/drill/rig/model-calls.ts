import * as z from 'zod';
import { providerNames } from '../../pipeline/model/model.ts';

const reply = z.object({
  calls: z.array(
    z.object({
      provider: z.enum(providerNames),
      model: z.string(),
      traceId: z.string().optional(),
      startedAtMs: z.number(),
      endedAtMs: z.number().optional(),
      outcome: z.string(),
    }),
  ),
});

/** A call as the model server saw it. */
export type ModelCall = z.infer<typeof reply>['calls'][number];

/** Every call that the model server remembers, oldest first. */
export const modelCalls = async (modelsUrl: string): Promise<readonly ModelCall[]> => {
  const response = await fetch(`${modelsUrl}/control/calls?since=0`);
  return reply.parse(await response.json()).calls;
};
