import type { Operation } from '../../api/route.ts';
import type { RouteName, Routes } from '../../api/routes.ts';

/** What every route does: one that is declared and not done, or done and not declared, does not compile. */
export type Operations = { [Name in RouteName]: Operation<Routes[Name]> };
