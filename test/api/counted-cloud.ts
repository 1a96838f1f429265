// Runs a cloud in a process of its own, since jest cannot load its ES modules, and counts the AWS calls of the API's
// function. Lanes are held back: jobs stay as the API leaves them. The parent asks for the calls since it last asked.
import { join } from 'node:path';
import { startCloud } from '../../lib/local/cloud/cloud.ts';
import { refusal } from '../../lib/local/cloud/json-service.ts';
import { AUDIENCE, startIssuer } from '../../lib/local/issuer.ts';
import { PROVIDER_KEYS } from '../../lib/local/secret-names.ts';
import { synthesize } from '../../lib/local/synthesize.ts';

const [, , workDir = ''] = process.argv;
const assemblyDir = join(workDir, 'cdk.out');
let calls: string[] = [];

await using opened = new AsyncDisposableStack();
const issuer = await startIssuer(0);
opened.defer(() => issuer.stop());
const issuerOf = JSON.stringify({ url: issuer.url, audience: AUDIENCE });
await synthesize(process.cwd(), assemblyDir, { openai: 'http://127.0.0.1:9/v1' }, { issuer: issuerOf });
const cloud = await startCloud({
  assemblyDir,
  ports: { aws: 0, dynamodb: 0 },
  secrets: { [PROVIDER_KEYS]: JSON.stringify({ openai: 'test' }) },
  onRequest: ({ service, action, caller }) => {
    if (caller.kind === 'event-source-mapping') throw refusal('ThrottlingException', 'lanes are held back');
    if (caller.kind === 'function' && caller.functionName.endsWith('http-api'))
      calls.push(`${service} ${action}`);
  },
});
opened.defer(() => cloud.stop());
const ended = new Promise((resolve) => process.once('disconnect', resolve));
process.on('message', () => {
  process.send?.({ kind: 'calls', calls });
  calls = [];
});
process.send?.({ kind: 'ready', endpoints: { api: cloud.endpoints.api, tokens: `${issuer.url}/token` } });
await ended;
