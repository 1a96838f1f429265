import { type Asked, nearest, parseFlags } from '../command-line.ts';
import { circuitHolds } from '../pipeline/fleet/circuit.ts';
import type { CircuitId } from '../pipeline/fleet/circuits.ts';
import { defaultCatalogue } from '../pipeline/model/default-catalogue.ts';

/** What somebody wants to see, or set, of a Relay that is up on this machine. */
export type LookCommand =
  | { kind: 'job'; jobId: string }
  | { kind: 'requests'; tenantId: string }
  | { kind: 'circuits' }
  | { kind: 'queues' }
  | { kind: 'hold'; circuit: CircuitId; hold: Hold };

export type LookOptions = {
  command: LookCommand;
  endpoints: { aws: string; dynamodb: string; api: string; tokens: string };
};

type Hold = (typeof holds)[number];

const holds = [...circuitHolds, 'auto'] as const;

const flags = { help: { type: 'boolean', short: 'h', default: false } } as const;

const HELP = `Looks into the Relay that "npm start -- --serve" keeps up, as the AWS CLI would.

  npm run look -- job JOB_ID                          the row of a job, with its answer
  npm run look -- requests TENANT                     the privacy requests of a tenant, the first due first
  npm run look -- queues                              what waits in each queue
  npm run look -- circuits                            every circuit that has a record
  npm run look -- hold openai/gpt-5 open|closed|auto  holds a circuit, or lets it follow its provider again

Environment: RELAY_AWS_PORT (4566), RELAY_DYNAMODB_PORT (8000), RELAY_API_PORT (3000), RELAY_ISSUER_PORT (4020),
as for npm start
`;

/** Reads the command line and the environment of `npm run look`. */
export const readCommandLine = (
  args: readonly string[],
  {
    RELAY_AWS_PORT = '4566',
    RELAY_DYNAMODB_PORT = '8000',
    RELAY_API_PORT = '3000',
    RELAY_ISSUER_PORT = '4020',
  }: Record<string, string | undefined>,
): Asked<LookOptions> => {
  const values = parseFlags(
    args.filter((word) => word.startsWith('-')),
    flags,
  );
  if (typeof values === 'string') return misused(values);
  if (values.help) return { kind: 'help', text: HELP };
  const command = commandOf(args);
  if (typeof command === 'string') return misused(command);
  const at = (port: string) => `http://127.0.0.1:${port}`;
  const endpoints = {
    aws: at(RELAY_AWS_PORT),
    dynamodb: at(RELAY_DYNAMODB_PORT),
    api: `${at(RELAY_API_PORT)}/v1`,
    tokens: `${at(RELAY_ISSUER_PORT)}/token`,
  };
  return { kind: 'run', options: { command, endpoints } };
};

const commandOf = ([verb, name = '', word]: readonly string[]): LookCommand | string => {
  switch (verb) {
    case 'job':
      return name === '' ? 'job needs the id of one' : { kind: 'job', jobId: name };
    case 'requests':
      return name === '' ? 'requests needs the id of a tenant' : { kind: 'requests', tenantId: name };
    case 'circuits':
    case 'queues':
      return { kind: verb };
    case 'hold':
      return holdOf(name, word);
    default:
      return 'say job, requests, queues, circuits or hold';
  }
};

const circuits: readonly CircuitId[] = Object.values(defaultCatalogue).flatMap(({ offers }) => offers);

const nameOf = ({ provider, modelId }: CircuitId): string => `${provider}/${modelId}`;

const holdOf = (name: string, word: string | undefined): LookCommand | string => {
  const circuit = circuits.find((known) => nameOf(known) === name);
  if (circuit === undefined)
    return `there is no circuit "${name}"; did you mean ${nearest(name, circuits.map(nameOf))}?`;
  const hold = holds.find((known) => known === word);
  return hold === undefined ? `hold ${name} as what? ${holds.join(', ')}` : { kind: 'hold', circuit, hold };
};

const misused = (text: string): Asked<LookOptions> => ({
  kind: 'misused',
  text: `${text} (see npm run look -- --help)`,
});
