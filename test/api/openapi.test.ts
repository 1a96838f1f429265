import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { routes } from '../../lib/api/routes.ts';
import { readDocument } from '../../lib/drill/api-fuzz/document.ts';
import { createValidators } from '../../lib/drill/api-fuzz/judge-answer.ts';
import { configOf, synthesize } from '../stacks/synthesize.ts';

const { document, operations } = readDocument();

const documentedKeys = operations.map(({ method, path }) => `${method} ${path}`);

/** Of `@seriousme/openapi-schema-validator`: an ES module, which jest cannot load. */
const VALIDATOR = 'node_modules/.bin/validate-api';

it('the published document is valid OpenAPI', () => {
  const verdict = execFileSync(process.execPath, [VALIDATOR, 'docs/openapi.json'], { encoding: 'utf8' });
  expect(JSON.parse(verdict)).toEqual({ valid: true });
});

it('every schema in it is strictly JSON Schema', () => {
  const validators = createValidators(document);
  const places = operations.flatMap((operation) => [
    ...Object.keys(operation.requestBody?.content ?? {}).map((type) => ({
      operation,
      within: ['requestBody', 'content', type, 'schema'],
    })),
    ...operation.parameters.map((_parameter, index) => ({
      operation,
      within: ['parameters', String(index), 'schema'],
    })),
    ...Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.keys(content).map((type) => ({
        operation,
        within: ['responses', status, 'content', type, 'schema'],
      })),
    ),
  ]);
  for (const { operation, within } of places) expect(validators(operation, within)).toBeInstanceOf(Function);
  expect(places.length).toBeGreaterThan(operations.length * 8);
});

it.each(operations.filter(({ requestBody }) => requestBody !== undefined))(
  'the example of $operationId is what its schema asks for',
  (operation) => {
    const media = operation.requestBody?.content['application/json'];
    const isValid = createValidators(document)(operation, [
      'requestBody',
      'content',
      'application/json',
      'schema',
    ]);
    expect(isValid(media?.example)).toBe(true);
  },
);

it('the published document is the one that the API serves (npm run schema)', () => {
  expect(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))).toEqual(document);
});

it('every route is in it by its own name', () => {
  const operationIds = operations.map(({ operationId }) => operationId);
  expect(operationIds.toSorted()).toEqual(Object.keys(routes).toSorted());
});

it.each(['local', 'production'])(
  'API Gateway of stage %s has the routes of the document, and no others',
  (stage) => {
    const { api } = synthesize(configOf(stage));
    const deployed = Object.values(api.findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => Properties.RouteKey,
    );
    expect(deployed.toSorted()).toEqual(documentedKeys.toSorted());
  },
);
