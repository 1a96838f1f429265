import { type RouteName, routeKeyOf, routeNames, routes } from '../../lib/api/routes.ts';
import { strikeModels } from '../../lib/drill/rig/strike.ts';
import { textTable } from '../../lib/terminal/text-table.ts';
import { type LocalRelay, startLocalRelay } from '../end-to-end/local-relay.ts';
import { type Answer, ask, tokenFrom } from './api-client.ts';
import { badTokens } from './bad-tokens.ts';
import { type Case, cases, type RowSpec, rowOf, type World } from './case-matrix.ts';
import { jobRows } from './job-rows.ts';
import { stageRows } from './stage-rows.ts';

/** A route without its row does not compile. */
const rows: Readonly<Record<RouteName, RowSpec>> = { ...jobRows, ...stageRows };

const matrix = routeNames.map((name) => ({ name, row: rowOf(name, rows[name]) }));

/** What has come of each case: a word for the table at the end. */
const outcomes = new Map<string, string>();

const outcomeOf = (name: RouteName, case_: Case): string => outcomes.get(`${name} ${case_}`) ?? 'HOLE';

let relay: LocalRelay;
let world: World;
beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
  const [mine, theirs] = await Promise.all(
    ['t-matrix', 't-other'].map((tenant) => tokenFrom(relay, { tenant })),
  );
  world = {
    relay,
    ask: (request) => ask(relay, request, mine),
    askAsOther: (request) => ask(relay, request, theirs),
    askWith: (token, request) => ask(relay, request, token),
    tokenOf: (tenant, scopes, client) =>
      tokenFrom(relay, { tenant, scopes, ...(client !== undefined && { client }) }),
    badTokens: await badTokens(relay, 't-matrix'),
  };
  await fetch(`${relay.endpoints.models}/control/faults`, {
    method: 'PUT',
    body: JSON.stringify(strikeModels(['claude'], { kind: 'silent' })),
  });
});

afterAll(async () => {
  process.stdout.write(`\n${[...table(), ...reasons()].join('\n')}\n\n`);
  await relay.stop();
});

const table = (): string[] =>
  textTable([
    ['', ...cases],
    ...matrix.map(({ name }) => [routeKeyOf(routes[name]), ...cases.map((case_) => outcomeOf(name, case_))]),
  ]);

/** Why a case cannot come about, each reason with its endpoints. */
const reasons = (): string[] => {
  const found = matrix.flatMap(({ name, row }) =>
    cases.flatMap((case_) => {
      const cell = row[case_];
      return cell.kind === 'impossible' ? [{ because: `${case_}: ${cell.because}`, name }] : [];
    }),
  );
  return [...Map.groupBy(found, ({ because }) => because)].map(
    ([because, of]) => `  - ${because} (${of.map(({ name }) => name).join(', ')})`,
  );
};

describe.each(matrix)('$name', ({ name, row }) => {
  it.each(cases)('%s', async (case_) => {
    const tell = (outcome: string) => outcomes.set(`${name} ${case_}`, outcome);
    const cell = row[case_];
    if (cell.kind === 'impossible') tell('-');
    else {
      tell('FAILS');
      await cell.run(world);
      tell('holds');
    }
  });
});

it('the matrix has no hole', () => {
  const holes = matrix.flatMap(({ name }) =>
    cases.filter((case_) => outcomeOf(name, case_) === 'HOLE').map((case_) => `${name}: ${case_}`),
  );
  expect(holes).toEqual([]);
});

it('the page at / shows the document, with all that it needs', async () => {
  const typeOf = (answer: Answer) => [answer.status, answer.headers.get('content-type')];
  const page = await world.askWith(undefined, { method: 'GET', path: '/' });
  expect(typeOf(page)).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.text).toContain(`url: '${routes.getDocument.path}'`);
  const linked = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  const assets = await Promise.all(linked.map((path) => world.askWith(undefined, { method: 'GET', path })));
  expect(assets.map(typeOf).toSorted()).toEqual([
    [200, 'text/css'],
    [200, 'text/javascript'],
  ]);
  expect(assets.some(({ text }) => text.includes('SwaggerUIBundle'))).toBe(true);
  expect((await world.askWith(undefined, { method: 'GET', path: '/package.json' })).status).toBe(404);
});
