// A Relay of a load run's own, in a process of its own, on free ports. It ends with its parent.
import { readCommandLine } from '../../local/options.ts';
import { startRelay } from '../../local/running-relay.ts';
import { LOAD_TENANT, type Target } from './target.ts';

const anyPort = Object.fromEntries(
  ['API', 'ISSUER', 'AWS', 'DYNAMODB', 'MODEL', 'CONTROL'].map((name) => [`RELAY_${name}_PORT`, '0']),
);
const asked = readCommandLine(['--no-sample'], anyPort);
if (asked.kind !== 'run') throw new Error('npm start takes other options now');
const relay = await startRelay(asked.options, process.cwd(), () => {});
process.once('disconnect', () => void relay.stop());
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
