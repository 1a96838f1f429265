import { randomUUID } from 'node:crypto';
import type { RouteSpec } from '../../lib/api/route.ts';
import { type RouteName, routes } from '../../lib/api/routes.ts';
import { scopes as allScopes, mayChange, type Scope } from '../../lib/api/scope.ts';
import type { LocalRelay } from '../end-to-end/local-relay.ts';
import { type Answer, type Ask, expectProblem, expectRefusal, tellable } from './api-client.ts';

/** What is tried with every endpoint. */
export const cases = [
  'success',
  'invalid',
  'unauthorized',
  'forbidden',
  'other tenant',
  'missing',
  'conflicting',
  'too large',
] as const;

export type Case = (typeof cases)[number];

/** Whom the tests ask as. */
export type World = {
  relay: LocalRelay;
  /** With every scope. */
  ask(request: Ask): Promise<Answer>;
  askAsOther(request: Ask): Promise<Answer>;
  askWith(token: string | undefined, request: Ask): Promise<Answer>;
  tokenOf(tenant: string, scopes: readonly string[], client?: string): Promise<string>;
  /** By what is wrong with them. */
  badTokens: Readonly<Record<string, string | undefined>>;
};

type Run = (world: World) => Promise<void>;

/** A case that is carried out, or one that cannot come about with this endpoint. */
export type Cell = { kind: 'run'; run: Run } | { kind: 'impossible'; because: string };

const run = (carryOut: Run): Cell => ({ kind: 'run', run: carryOut });

const impossible = (because: string): Cell => ({ kind: 'impossible', because });

/** One thing of a tenant's, and how it is asked for. */
export type Owned = { make(world: World): Promise<string>; askFor(id: string): Ask };

/** What an endpoint has to say for itself; a text is why a case is impossible. Tokens and sizes are tried alike everywhere. */
export type RowSpec = {
  /** With a token, it is let in. */
  request: Ask;
  success: Run;
  invalid: Run;
  'other tenant': Run | Owned | string;
  missing: Run | string;
  conflicting: Run | string;
};

/** All cases of an endpoint. */
export const rowOf = (name: RouteName, spec: RowSpec): Readonly<Record<Case, Cell>> => {
  const route: RouteSpec = routes[name];
  const cellOf = (case_: Run | string): Cell => (typeof case_ === 'string' ? impossible(case_) : run(case_));
  const others = spec['other tenant'];
  const isOpen = route.scopes.length === 0;
  return {
    success: run(spec.success),
    invalid: run(spec.invalid),
    unauthorized: isOpen ? impossible('open to everybody') : run(unauthorized(spec.request)),
    forbidden: isOpen ? impossible('open to everybody') : run(forbidden(spec.request, route.scopes)),
    'other tenant': typeof others === 'object' ? run(ofAnotherTenant(others)) : cellOf(others),
    missing: cellOf(spec.missing),
    conflicting: cellOf(spec.conflicting),
    'too large': route.maxBodyBytes
      ? run(tooLarge(spec.request, route.maxBodyBytes))
      : impossible('takes no body'),
  };
};

const unauthorized =
  (request: Ask): Run =>
  async ({ askWith, badTokens }) => {
    for (const token of Object.values(badTokens)) {
      const answer = await askWith(token, request);
      expectRefusal(answer, 401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  };

/**
 * Every scope but those of the route opens nothing, and neither does a token that names no tenant, nor one that names no
 * client where something may be changed.
 */
const forbidden =
  (request: Ask, wanted: readonly Scope[]): Run =>
  async ({ askWith, tokenOf }) => {
    const others = allScopes.filter((scope) => !wanted.includes(scope));
    expectRefusal(await askWith(await tokenOf('t-matrix', others), request), 403);
    expectProblem(await askWith(await tokenOf('', wanted), request), 'no-tenant');
    expectProblem(await askWith(await tokenOf('t'.repeat(129), wanted), request), 'no-tenant');
    if (mayChange(wanted))
      expectProblem(await askWith(await tokenOf('t-matrix', wanted, 'c'.repeat(129)), request), 'no-client');
  };

/** What is another's and what never was cannot be told apart by a single byte. */
const ofAnotherTenant =
  ({ make, askFor }: Owned): Run =>
  async (world) => {
    const id = await make(world);
    const theirs = await world.askAsOther(askFor(id));
    const nobodys = await world.askAsOther(askFor(randomUUID().slice(0, id.length).padEnd(id.length, '0')));
    expectProblem(theirs, 'not-found');
    expect(tellable(theirs)).toEqual(tellable(nobodys));
  };

const tooLarge =
  (request: Ask, maxBytes: number): Run =>
  async ({ ask }) => {
    const withBytes = (bytes: number) => ({ ...request, body: `{"filler":"${'x'.repeat(bytes - 13)}"}` });
    expectProblem(await ask(withBytes(maxBytes + 1)), 'too-large');
    expectProblem(await ask(withBytes(maxBytes)), 'invalid-request');
  };
