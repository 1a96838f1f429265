import type { Measure } from '../../lib/bench/measure.ts';
import { resultTable } from '../../lib/bench/result-table.ts';

const measures: Measure[] = [
  {
    name: 'bundle',
    figures: [
      { name: 'whole', value: 601.04, unit: 'KB', goal: { kind: 'at-most', limit: 600 } },
      { name: 'read by a cold start', value: 371, unit: 'KB' },
    ],
  },
  {
    name: 'dispatch',
    figures: [
      { name: 'rate', value: 149.96, unit: 'jobs/s', goal: { kind: 'at-least', limit: 150 } },
      { name: 'AWS calls', value: 2.004, unit: 'calls/job', goal: { kind: 'at-most', limit: 2.3 } },
    ],
  },
];

describe('the table of results', () => {
  const lines = resultTable(measures).split('\n');

  test('has a heading and one line per figure, under the name of its measure', () => {
    expect(lines).toHaveLength(5);
    expect(lines[2]).toMatch(/^bundle: read by a cold start +371\.0 KB$/);
    expect(lines[4]).toMatch(/^dispatch: AWS calls +2\.00 calls\/job +<= 2\.3 +met$/);
  });

  test('judges the value and not what rounding makes of it', () => {
    expect(lines[3]).toMatch(/150\.0 jobs\/s +>= 150 +missed$/);
  });

  test('aligns every column', () => {
    const [heading = ''] = lines;
    for (const line of lines.filter((line) => line.endsWith('met') || line.endsWith('missed'))) {
      expect(line.length).toBe(heading.length);
    }
  });
});
