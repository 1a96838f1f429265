import * as z from 'zod';

export type ApiEndpoints = { api: string; tokens: string };

const token = z.object({ access_token: z.string() });
const job = z.object({
  answer: z.object({ text: z.string() }).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

/** What a job's row has sealed, as far as it can be read: asked of the API in the name of its tenant. */
export const jobOverHttp = async (
  { api, tokens }: ApiEndpoints,
  { tenantId, jobId }: { tenantId: string; jobId: string },
): Promise<z.infer<typeof job>> => {
  const grant = {
    grant_type: 'client_credentials',
    client_id: 'look',
    tenant_id: tenantId,
    scope: 'jobs:read',
  };
  const { access_token } = token.parse(
    await (await fetch(tokens, { method: 'POST', body: new URLSearchParams(grant) })).json(),
  );
  const answer = await fetch(`${api}/jobs/${encodeURIComponent(jobId)}`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  return job.parse(await answer.json());
};
