import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeOf, mustBeWritable, nearest, parseFlags, Unusable } from '../lib/command-line.ts';

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

describe('the exit code of a command', () => {
  const goesOn = new AbortController().signal;
  const failing = (error: Error) => Promise.reject(error);
  beforeEach(() => {
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => jest.restoreAllMocks());

  it('is its own, or that of a misuse, which is told in one line', async () => {
    await expect(exitCodeOf(Promise.resolve(3), goesOn)).resolves.toBe(3);
    await expect(exitCodeOf(failing(new Unusable('no such file')), goesOn)).resolves.toBe(2);
    expect(process.stderr.write).toHaveBeenCalledWith('relay: no such file\n');
  });

  it('is 130 for whatever fails after an interruption, and a fault of ours is not hidden', async () => {
    await expect(exitCodeOf(failing(new Error('fetch failed')), AbortSignal.abort())).resolves.toBe(130);
    await expect(exitCodeOf(failing(new Error('a bug')), goesOn)).rejects.toThrow('a bug');
  });
});

it('says in one line what is wrong with a flag', () => {
  expect(parseFlags(['--scale', '-1'], { scale: { type: 'string' } })).toMatch(/^[^\n]*ambiguous[^\n]*$/);
});

it('finds the word that was meant', () => {
  const words = ['silent-model', 'stalled', 'chaos'];
  expect(nearest('silent-modle', words)).toBe('silent-model');
  expect(nearest('chaso', words)).toBe('chaos');
});
