import * as z from 'zod';
import { type Asked, parseFlags } from '../command-line.ts';
import { type MeasureName, measureNames } from './measure.ts';
import { LET_PASS } from './ratios/compare.ts';

/** What `npm run bench` was asked to do. */
export type BenchOptions = {
  only: readonly MeasureName[];
  jsonFile: string | undefined;
  strict: boolean;
  /** A baseline that the ratios are held against. */
  against: string | undefined;
};

const flags = {
  against: { type: 'string' },
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  strict: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HELP = `Measures Relay on this machine and compares it with its goals. Takes about two minutes.

  npm run bench                        everything
  npm run bench -- --only NAME         one measure (may be repeated): ${measureNames.join(', ')}
  npm run bench -- --json FILE         writes the figures as JSON
  npm run bench -- --against FILE      the ratios alone, held against those of such a file; exit code 1, and a name, when
                                       one is slower by more than ${100 * LET_PASS} %, in the mean of two
  npm run bench -- --strict            exit code 1 when a goal is missed; otherwise missed goals are only reported

  bundle     bytes of the worker's bundle
  cold-init  loading the worker in a fresh process, against an empty handler and a bare DynamoDB client
  dispatch   4,000 jobs through the local cloud with models that answer at once
  alerts     a day of alerts in virtual time: notices instead of one publish per alert, and the wait for the first
  ledger     billed units of ledger and totals for 1,000 jobs, against a record and three counters per call
  ratios     CPU of rate limiter, stores, dispatch and aggregator, each in that of a reference measured beside it
  api        submits and reads of 50 users over HTTP, beside a bare hello behind the same local gateway
`;

const only = z.array(z.enum(measureNames)).default([...measureNames]);

/** Reads the command line of `npm run bench`. */
export const readCommandLine = (args: readonly string[]): Asked<BenchOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return { kind: 'misused', text: `${values} (see npm run bench -- --help)` };
  if (values.help) return { kind: 'help', text: HELP };
  const chosen = only.safeParse(values.only ?? (values.against === undefined ? undefined : ['ratios']));
  if (!chosen.success) return { kind: 'misused', text: `--only takes one of ${measureNames.join(', ')}` };
  if (values.against !== undefined && !chosen.data.includes('ratios'))
    return { kind: 'misused', text: '--against holds ratios against a baseline: add --only ratios' };
  return {
    kind: 'run',
    options: { only: chosen.data, jsonFile: values.json, strict: values.strict, against: values.against },
  };
};
