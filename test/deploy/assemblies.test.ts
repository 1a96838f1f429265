import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assembliesOf,
  beginDeploy,
  earlierThan,
  keepDeploy,
  keepEarlier,
} from '../../lib/deploy/assemblies.ts';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'relay-deploy-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const stage = () => assembliesOf(project, 'staging');

const begin = async (revision: string): Promise<void> => {
  mkdirSync(stage().synthesized, { recursive: true });
  writeFileSync(join(stage().synthesized, 'revision'), revision);
  await beginDeploy(stage());
};

const deploy = async (revision: string): Promise<void> => {
  await begin(revision);
  await keepDeploy(stage());
};

const earlier = (): string | undefined => {
  const dir = earlierThan(stage());
  return dir && readFileSync(join(dir, 'revision'), 'utf8');
};

describe('what a rollback goes back to', () => {
  it('is nothing before a second deploy', async () => {
    expect(earlier()).toBeUndefined();
    await deploy('one');
    expect(earlier()).toBeUndefined();
  });

  it('is what ran before the last that held', async () => {
    for (const revision of ['one', 'two', 'three']) await deploy(revision);
    expect(earlier()).toBe('two');
    await keepEarlier(stage());
    await deploy('four');
    expect(earlier()).toBe('two');
  });

  it('is the last that held, after a deploy that did not', async () => {
    await deploy('one');
    await deploy('two');
    await begin('broken');
    expect(earlier()).toBe('two');
    await keepEarlier(stage());
    expect(earlier()).toBe('one');
  });

  it('is the same when two deploys in a row did not hold', async () => {
    await deploy('one');
    await begin('broken');
    await begin('broken again');
    expect(earlier()).toBe('one');
  });
});
