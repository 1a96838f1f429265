import type { LocalOptions } from './options.ts';

/** What kept the local run from starting, in one line with the way out; a stack trace only for what nobody foresaw. */
export const describeFailure = (error: unknown, options: LocalOptions): string => {
  if (!(error instanceof Error)) return String(error);
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `${taken(error, options)} is taken: stop what uses it, or choose another (0: any free port)`;
    case 'EACCES':
    case 'EPERM':
    case 'ENOTDIR':
    case 'EROFS':
      return `${error.message}: choose a directory that can be written, --data DIR`;
    case 'ENOENT':
      return `${error.message}: choose a file or a directory that is there`;
    case 'LEVEL_DATABASE_NOT_OPEN':
      return `the data of ${options.dataDir ?? 'this run'} cannot be opened: is another Relay using it?`;
    default:
      return 'stderr' in error ? ownWords(String(error.stderr)) : (error.stack ?? error.message);
  }
};

/** What the CDK app printed, without the prefix that it gives itself. */
const ownWords = (stderr: string): string => stderr.trim().replace(/^relay: /, '');

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined);

const taken = (error: Error, { ports }: LocalOptions): string => {
  const port = 'port' in error ? error.port : undefined;
  const names: [number, string][] = [
    [ports.api, 'RELAY_API_PORT'],
    [ports.issuer, 'RELAY_ISSUER_PORT'],
    [ports.aws, 'RELAY_AWS_PORT'],
    [ports.dynamodb, 'RELAY_DYNAMODB_PORT'],
    [ports.model, 'RELAY_MODEL_PORT'],
    [ports.control, 'RELAY_CONTROL_PORT'],
  ];
  const [, name] = names.find(([number]) => number === port) ?? [];
  return name === undefined ? `a port (${error.message})` : `port ${String(port)} (${name})`;
};
