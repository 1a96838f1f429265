import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Drill, Finding } from '../../lib/drill/drill.ts';
import type { DrillOptions } from '../../lib/drill/options.ts';
import { runDrills } from '../../lib/drill/run-drills.ts';

let projectDir: string;
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), 'relay-drills-'));
});
afterEach(() => rmSync(projectDir, { recursive: true, force: true }));

const finding = (holds: boolean): Finding => ({ expected: 'all is well', found: String(holds), holds });

/** A drill whose tries come to these, in order; it throws where there is none. */
const aDrill = (name: string, pace: Drill['pace'], tries: readonly boolean[]): Drill => {
  let at = 0;
  return {
    name,
    fault: `the fault of ${name}`,
    pace,
    run: async () => {
      const holds = tries[at];
      at += 1;
      if (holds === undefined) throw new Error('no rig');
      return [finding(holds)];
    },
  };
};

const aroundOf = (signal: AbortSignal) => {
  const said: string[] = [];
  const startRig = () => Promise.reject(new Error('these drills need no rig'));
  const say = (line: string) => void said.push(line);
  return { said, around: { projectDir, signal, color: false, startRig, say } };
};

const run = async (drills: readonly Drill[], signal = new AbortController().signal) => {
  const jsonFile = join(projectDir, 'drills.json');
  const options: DrillOptions = { only: [], profile: 'ci', seed: 1, jsonFile, alarms: false };
  const { around, said } = aroundOf(signal);
  const code = await runDrills(drills, options, around);
  const json = existsSync(jsonFile) ? JSON.parse(readFileSync(jsonFile, 'utf8')) : undefined;
  return { code, said: said.join('\n'), json };
};

describe('a drill that fails beside others', () => {
  it('is carried out once more, alone and last, and that counts', async () => {
    const { code, said, json } = await run([
      aDrill('flaky', 'waiting', [false, true]),
      aDrill('steady', 'busy', [true]),
      aDrill('lonely', 'alone', [true]),
    ]);
    expect(code).toBe(0);
    expect(said).toMatch(/FAILED.+lonely \(.+flaky, once more, alone.+held/s);
    expect(said).toContain('3 drills held, 3 findings.\nHeld only when alone, not beside others: flaky');
    expect(json.drills).toContainEqual(
      expect.objectContaining({
        name: 'flaky',
        held: true,
        firstTry: expect.objectContaining({ held: false, longestDelayMs: expect.any(Number) }),
      }),
    );
  });

  it('and again alone has failed', async () => {
    const { code, said } = await run([
      aDrill('wrong', 'waiting', [false, false, true]),
      aDrill('steady', 'busy', [true]),
    ]);
    expect(code).toBe(1);
    expect(said).toContain('1 of 2 drills did not hold: wrong');
  });

  it('because it could not be carried out leaves the others theirs', async () => {
    const { code, json } = await run([aDrill('no-rig', 'busy', []), aDrill('steady', 'waiting', [true])]);
    expect(code).toBe(1);
    expect(json.drills).toContainEqual(expect.objectContaining({ name: 'no-rig', broken: 'no rig' }));
    expect(json.drills).toContainEqual(expect.objectContaining({ name: 'steady', held: true }));
  });
});

it.each(['alone', 'waiting'] as const)(
  'a drill of pace %s that was alone anyway has one try',
  async (pace) => {
    const { code } = await run([aDrill('only', pace, [false, true])]);
    expect(code).toBe(1);
  },
);

it('a run that is stopped says so, and leaves what has ended', async () => {
  const stop = new AbortController();
  const stopping: Drill = {
    ...aDrill('stopping', 'alone', [true]),
    run: async () => {
      stop.abort();
      return [finding(true)];
    },
  };
  const before = await run([stopping, aDrill('never', 'alone', [])], AbortSignal.abort());
  expect(before.json).toMatchObject({ drills: [], notEnded: ['stopping', 'never'] });
  const { code, said, json } = await run([aDrill('ended', 'busy', [true]), stopping], stop.signal);
  expect(code).toBe(130);
  expect(said).toContain('Stopped: 1 of 2 drills have not ended.');
  expect(json).toMatchObject({ drills: [{ name: 'ended', held: true }], notEnded: ['stopping'] });
  expect(readdirSync(join(projectDir, '.relay'))).toEqual([]);
});

it('a result that cannot be written is refused before anything runs', async () => {
  const options: DrillOptions = {
    only: [],
    profile: 'ci',
    seed: 1,
    jsonFile: '/nope/x.json',
    alarms: false,
  };
  const { around, said } = aroundOf(new AbortController().signal);
  await expect(runDrills([aDrill('any', 'busy', [true])], options, around)).rejects.toThrow('--json FILE');
  expect(said).toEqual([]);
});
