import type { Processor } from '../map/processors.ts';
import type { Resource } from './resource.ts';

const REGISTER = 'enter it in lib/privacy/map/processors.ts (docs/privacy/en/processors.md), or take it out';

/** What only the stage on this machine may call. */
const THIS_MACHINE = '127.0.0.1';

const URL_HOST = /\b(?:https?|wss?):\/\/([\w*-][\w.*-]*)/g;

/** Sentences on every host in the templates that no processor of the register has. */
export const egressProblems = (
  stage: string,
  resources: readonly Resource[],
  processors: readonly Processor[],
): string[] =>
  resources.flatMap(({ name, properties }) =>
    [...hostsIn(textOf(properties))]
      .filter((host) => !isKnown(host, processors) && !(stage === 'local' && host === THIS_MACHINE))
      .map((host) => `${name}: ${host} is no host of the processors' register: ${REGISTER}`),
  );

/** The same of a source; a host in a comment is called by nobody. */
export const egressProblemsOfSource = (
  file: string,
  source: string,
  processors: readonly Processor[],
): string[] =>
  [...hostsIn(source.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, ''))]
    .filter((host) => !isKnown(host, processors))
    .map((host) => `${file}: ${host} is no host of the processors' register: ${REGISTER}`);

const hostsIn = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(URL_HOST)].map(([, host = '']) => host));

const isKnown = (host: string, processors: readonly Processor[]): boolean =>
  processors.some(({ hosts }) =>
    hosts.some((known) => (known.startsWith('*.') ? host.endsWith(known.slice(1)) : host === known)),
  );

/** All text of a resource; what is only known at the deployment stands as `x`. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return `${value}\n`;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, child]) => (name === 'Fn::Join' ? `${joined(child)}\n` : textOf(child)))
    .join('');
};

const joined = (join: unknown): string => {
  const [separator, parts]: unknown[] = Array.isArray(join) ? join : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) return '';
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join(separator);
};
