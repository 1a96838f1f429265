// A Relay of a load run's own, in a process of its own, on free ports. It ends with its parent, and by nothing else:
// Ctrl-C reaches both, and it is needed until the run has put away what it has begun.
import { once } from 'node:events';
import { readCommandLine } from '../../local/options.ts';
import { startRelay } from '../../local/running-relay.ts';
import { LOAD_TENANT, type Target } from './target.ts';

process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
const parentIsGone = once(process, 'disconnect');
const anyPort = Object.fromEntries(
  ['API', 'ISSUER', 'AWS', 'DYNAMODB', 'MODEL', 'CONTROL'].map((name) => [`RELAY_${name}_PORT`, '0']),
);
const asked = readCommandLine(['--no-sample'], anyPort);
if (asked.kind !== 'run') throw new Error('npm start takes other options now');
const relay = await startRelay(asked.options, process.cwd(), () => {});
void parentIsGone.then(() => relay.stop());
const target: Target = {
  name: 'local',
  api: relay.cloud.endpoints.api ?? '',
  tokens: `${relay.issuer.url}/token`,
  tenantId: LOAD_TENANT,
  sqs: relay.cloud.endpoints.aws,
  models: relay.models.url,
  control: relay.cloud.endpoints.control,
};
process.send?.(target);
