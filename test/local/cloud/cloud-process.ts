// Runs a cloud in a process of its own: fauxqs is an ES module, which jest cannot load. The options come as JSON in
// the only argument; everything worth knowing goes to stdout, one JSON document a line.
import { startCloud } from '../../../lib/local/cloud/cloud.ts';

const tell = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const cloud = await startCloud({
  ...JSON.parse(process.argv[2] ?? '{}'),
  onFunctionOutput: (line) => tell({ kind: 'output', ...line }),
  onRequest: (request) => tell({ kind: 'request', ...request }),
  onDelivery: (event) => {
    if (event.kind === 'ended' && event.environmentDied) tell({ kind: 'environment-died' });
  },
});
process.once('SIGTERM', () => void cloud.stop());
tell({
  kind: 'ready',
  endpoints: cloud.endpoints,
  queueUrls: Object.fromEntries(cloud.queueUrls),
  tableNames: cloud.tableNames,
});
