import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSampleRun } from '../../lib/local/sample-run-file.ts';

describe('the sample of a data directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'relay-sample-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('goes on where it was cut off, and is another one when it has ended', async () => {
    await openSampleRun(directory, 7);
    const again = await openSampleRun(directory, undefined);
    expect(again).toMatchObject({ seed: 7, resumed: true });
    await again.finish();
    expect(await openSampleRun(directory, undefined)).toMatchObject({ seed: 8, resumed: false });
  });

  it.each(['', '{"seed": "x"}'])('is refused in one line when its file holds %j', async (text) => {
    writeFileSync(join(directory, 'sample-run.json'), text);
    await expect(openSampleRun(directory, undefined)).rejects.toThrow(/^[^\n]+sample-run\.json[^\n]+--data$/);
  });
});
