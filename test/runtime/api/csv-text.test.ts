import * as z from 'zod/mini';
import type { RouteSpec } from '../../../lib/api/route.ts';
import { routes } from '../../../lib/api/routes.ts';
import { csvText } from '../../../lib/runtime/api/csv-text.ts';

it('has its header without rows too, and the columns in their order whatever a row has', () => {
  expect(csvText(['day', 'key'], [])).toBe('day,key\r\n');
  expect(csvText(['day', 'key'], [{ key: 'low', other: 1 }, { day: '2026-11-26' }])).toBe(
    'day,key\r\n,low\r\n2026-11-26,\r\n',
  );
});

it.each([
  ['a, "b"', '"a, ""b"""'],
  ['one\r\ntwo', '"one\r\ntwo"'],
  ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['-1+1', "'-1+1"],
  ['@sum', "'@sum"],
  ['-0.000130', '-0.000130'],
  [-130, '-130'],
  [false, 'false'],
  [null, ''],
  [{ provider: 'openai', model: 'gpt-5' }, 'provider=openai model=gpt-5'],
  [[{ model: 'a' }, { model: 'b' }], 'model=a; model=b'],
  [{ '=name': 'x' }, "'=name=x"],
])('writes %j as a spreadsheet takes it, and never as a formula', (value, cell) => {
  expect(csvText(['it'], [{ it: value }])).toBe(`it\r\n${cell}\r\n`);
});

it('of a route has columns that its answer has, in the row or around it', () => {
  const specs: readonly RouteSpec[] = Object.values(routes);
  const offered = specs.flatMap(({ path, answers }) =>
    Object.values(answers).flatMap(({ body, csv }) => (csv === undefined ? [] : [{ path, body, csv }])),
  );
  expect(offered.map(({ path }) => path)).toEqual(['/v1/costs', '/v1/alerts']);
  for (const { body, csv } of offered) {
    const { properties = {} } = z.toJSONSchema(body, { io: 'input' });
    const list = z.toJSONSchema(body, { io: 'input' }).properties?.[csv.list];
    const row = typeof list === 'object' && typeof list.items === 'object' ? list.items : undefined;
    const inRow = row !== undefined && 'properties' in row ? Object.keys(row.properties ?? {}) : [];
    expect(inRow.length).toBeGreaterThan(0);
    const known = new Set([...inRow, ...Object.keys(properties)]);
    expect(csv.columns.filter((column) => !known.has(column))).toEqual([]);
    // nothing of a row is left out
    expect(inRow.filter((name) => !csv.columns.includes(name))).toEqual([]);
  }
});
