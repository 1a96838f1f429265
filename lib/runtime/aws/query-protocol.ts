import type { Protocol } from './client.ts';
import { ServiceError } from './service-error.ts';

type Options = {
  version: string;
  /** The result in the XML of an operation's reply. */
  read(xml: string): object;
};

/** AWS's query protocol: a form in, XML out (smithy.io/2.0/aws/protocols/aws-query-protocol.html). */
export const queryProtocol = ({ version, read }: Options): Protocol => ({
  write: ({ operation, input }) => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([
      ['Action', operation],
      ['Version', version],
      ...membersOf('', input),
    ]).toString(),
  }),
  read: ({ status, text }) => {
    if (status < 300) return read(text);
    throw new ServiceError(
      textOf('Code', text) ?? 'UnknownError',
      textOf('Message', text) ?? `answered ${status}`,
      status,
    );
  },
});

/** Lists count their members from 1. */
const membersOf = (name: string, value: unknown): [string, string][] => {
  if (value === undefined) return [];
  if (Array.isArray(value))
    return value.flatMap((member, index) => membersOf(`${name}.member.${index + 1}`, member));
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  if (name.endsWith('MessageAttributes')) return entriesOf(name, value);
  return Object.entries(value).flatMap(([key, member]) =>
    membersOf(name === '' ? key : `${name}.${key}`, member),
  );
};

/** A map, in this protocol, is a list of names and values. */
const entriesOf = (name: string, map: object): [string, string][] =>
  Object.entries(map).flatMap(([key, value], index): [string, string][] => [
    [`${name}.entry.${index + 1}.Name`, key],
    ...membersOf(`${name}.entry.${index + 1}.Value`, value),
  ]);

/** What stands in the first element of a name. */
export const textOf = (element: string, xml: string): string | undefined =>
  new RegExp(`<${element}>([^]*?)</${element}>`).exec(xml)?.[1];
