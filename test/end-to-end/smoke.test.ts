import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import * as z from 'zod';
import { routeNames } from '../../lib/api/routes.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { type LocalRelay, scratchDir, startLocalRelay } from './local-relay.ts';

/** The smoke test of a deploy, against the built bundles on the local cloud. */

const result = z.object({
  exitCode: z.number(),
  smoke: z.array(z.object({ name: z.string(), isGood: z.boolean(), found: z.string() })),
});

const jsonFile = `${scratchDir('smoke')}.json`;
let relay: LocalRelay;
beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(async () => {
  rmSync(jsonFile, { force: true });
  await relay.stop();
});

const smoke = async () => {
  const args = ['bin/deploy.ts', '--stage', 'local', '--smoke', '--json', jsonFile];
  const portOf = (url: string) => new URL(url).port;
  const env = {
    PATH: process.env.PATH,
    RELAY_API_PORT: portOf(relay.endpoints.api),
    RELAY_ISSUER_PORT: portOf(relay.endpoints.tokens),
  };
  const output = await promisify(execFile)(process.execPath, args, { env }).catch((error) => error);
  return { output, ...result.parse(JSON.parse(readFileSync(jsonFile, 'utf8'))) };
};

it('tries all endpoints and a job in each lane, and leaves nothing for a person to do', async () => {
  const { exitCode, smoke: findings } = await smoke();
  expect(findings.filter(({ isGood }) => !isGood)).toEqual([]);
  expect(findings.map(({ name }) => name)).toEqual([
    ...laneNames.map((lane) => `job in ${lane}`),
    ...routeNames,
  ]);
  expect(exitCode).toBe(0);
});

it('fails for what does not work, and names it', async () => {
  const ordered = await fetch(new URL('/control/faults', relay.endpoints.control), {
    method: 'PUT',
    body: JSON.stringify([
      {
        id: 'no-requests',
        match: { operation: 'GetItem', table: 'privacy' },
        fault: { kind: 'down' },
      },
    ]),
  });
  expect(ordered.status).toBe(200);
  const { exitCode, smoke: findings } = await smoke();
  expect(findings.filter(({ isGood }) => !isGood)).toEqual([
    { name: 'getPrivacyRequest', isGood: false, found: expect.stringContaining('503') },
  ]);
  expect(exitCode).toBe(1);
});
