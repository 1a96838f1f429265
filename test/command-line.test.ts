import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustBeWritable, nearest } from '../lib/command-line.ts';

describe('a file that a result will be written to', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'relay-json-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is neither made nor changed by being looked at', async () => {
    const there = join(directory, 'there.json');
    writeFileSync(there, 'the last result');
    await mustBeWritable(there);
    await mustBeWritable(join(directory, 'new.json'));
    expect(readFileSync(there, 'utf8')).toBe('the last result');
    expect(existsSync(join(directory, 'new.json'))).toBe(false);
  });

  it.each(['.', 'no/such/directory/x.json'])('is refused in one line when it is %s', async (name) => {
    await expect(mustBeWritable(join(directory, name))).rejects.toThrow(/^[^\n]+--json FILE$/);
  });
});

it('finds the word that was meant', () => {
  const words = ['silent-model', 'stalled', 'chaos'];
  expect(nearest('silent-modle', words)).toBe('silent-model');
  expect(nearest('chaso', words)).toBe('chaos');
});
