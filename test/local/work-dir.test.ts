import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDirectory, makeDirectory, removeEndedRuns } from '../../lib/local/work-dir.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'relay-work-dir-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the directory of a run', () => {
  it('is taken by one run at a time, until that one ends', async () => {
    const lock = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(`another Relay is running in ${directory}`);
    lock[Symbol.dispose]();
    const next = await lockDirectory(directory);
    next[Symbol.dispose]();
  });

  it('is free again after a run that was killed', async () => {
    const module = JSON.stringify(join(process.cwd(), 'lib/local/work-dir.ts'));
    const script = `const { lockDirectory } = await import(${module});
      const lock = await lockDirectory(${JSON.stringify(directory)});
      process.kill(process.pid, 'SIGKILL'); setInterval(() => lock, 1000);`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    const lock = await lockDirectory(directory);
    lock[Symbol.dispose]();
  });

  it('is made with those above it', async () => {
    const deep = join(directory, 'a', 'b', 'c');
    await makeDirectory(deep);
    await makeDirectory(deep);
    expect(existsSync(deep)).toBe(true);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('is refused where the kernel takes none, instead of being tried for ever', async () => {
    await expect(makeDirectory('/proc/relay/data')).rejects.toThrow(/\/proc\/relay.*--data DIR/);
  });
});

it('forgets runs on free ports whose process has ended, and no others', async () => {
  const { pid: ended } = spawnSync(process.execPath, ['-e', '']);
  for (const name of [`process-${ended}`, `process-${process.pid}`, 'port-4566', 'drill-cut-x'])
    mkdirSync(join(directory, name));
  await removeEndedRuns(directory);
  expect(readdirSync(directory).sort()).toEqual(['drill-cut-x', 'port-4566', `process-${process.pid}`]);
});
