import * as z from 'zod/mini';
import type { Retention, Store } from '../map/store.ts';
import { type Declared, declaredOf } from './declared.ts';
import { keepsNothing, type Resource, storeTypes } from './resource.ts';

/** What every sentence ends with: where to put it right. */
export const CHANGE = 'change lib/privacy/map, then npm run privacy writes docs/privacy/data-map.json';

/** The attribute by which items of every table of ours end. */
const ENDS_BY = 'expiresAt';

/** Sentences on all that is deployed otherwise than the map says, or that it does not know. */
export const resourceProblems = (
  stage: string,
  resources: readonly Resource[],
  map: readonly Store[],
): string[] => [
  ...resources.flatMap((resource) => problemsOf(stage, resource, map)),
  ...map.flatMap((store) => problemsOfAbsence(stage, store, resources)),
  ...resources.flatMap((resource) => problemsOfFunction(stage, resource, resources, map)),
];

const nameOf = (store: Store, stage: string): string => store.name.replaceAll('<stage>', stage);

const problemsOf = (stage: string, resource: Resource, map: readonly Store[]): string[] => {
  if (keepsNothing.has(resource.type)) return [];
  const kind = storeTypes.get(resource.type);
  if (kind === undefined)
    return [
      `${resource.name}: the data map does not know what ${resource.type} keeps: enter it in lib/privacy/check/resource.ts`,
    ];
  const store = map.find((known) => known.kind === kind && nameOf(known, stage) === resource.name);
  if (store === undefined) return [`${resource.name}: a ${kind} that the data map does not know: ${CHANGE}`];
  return [
    ...differences(stage, store, declaredOf(kind, resource)),
    ...(kind === 'table' ? differencesOfKeys(store, resource) : []),
  ].map((difference) => `${resource.name}: ${difference}: ${CHANGE}`);
};

const problemsOfAbsence = (stage: string, store: Store, resources: readonly Resource[]): string[] => {
  const name = nameOf(store, stage);
  const isThere = resources.some((it) => it.name === name && storeTypes.get(it.type) === store.kind);
  const isDue = store.stages?.includes(stage) ?? true;
  if (isThere === isDue) return [];
  const what = isDue ? 'is not deployed' : 'is deployed, but not by the data map';
  return [`${name}: a ${store.kind} of the data map ${what}: ${CHANGE}`];
};

const differences = (stage: string, store: Store, declared: Declared): string[] => {
  const { encryption, recoveryDays } = store;
  const told: string[] = [];
  if (declared.encryption !== encryption)
    told.push(`encrypted by "${declared.encryption}", the data map says "${encryption}"`);
  if (declared.recoveryDays !== recoveryDays)
    told.push(
      `older versions for ${declared.recoveryDays ?? 0} days, the data map says ${recoveryDays ?? 0}`,
    );
  if (store.kind === 'table' && store.collections.some(ends) && declared.endsBy !== ENDS_BY)
    told.push(`its items do not end by the attribute ${ENDS_BY}, the data map says that they do`);
  const kept = declared.keptForSeconds;
  if (kept === undefined) return told;
  for (const { retention } of store.collections)
    if (secondsIn(stage, retention) !== kept)
      told.push(`kept for ${kept} s, the data map says ${secondsIn(stage, retention)} s`);
  return told;
};

const ends = ({ retention }: { retention: Retention }): boolean => retention.kind === 'for';

const secondsIn = (stage: string, retention: Retention): number => {
  if (retention.kind !== 'for') return retention.kind === 'nothing' ? 0 : Infinity;
  return stage === 'dev' ? (retention.inDev ?? retention.seconds) : retention.seconds;
};

const keysSchema = z.object({ AttributeDefinitions: z.array(z.object({ AttributeName: z.string() })) });

/** A table's keys, and those of its indexes, are fields of its items. */
const differencesOfKeys = (store: Store, { properties }: Resource): string[] => {
  const known = new Set(store.collections.flatMap(({ fields }) => Object.values(fields).flat()));
  return keysSchema
    .parse(properties)
    .AttributeDefinitions.filter(({ AttributeName }) => !known.has(AttributeName))
    .map(({ AttributeName }) => `its key ${AttributeName} is no field of the data map`);
};

const functionSchema = z.object({
  LoggingConfig: z.optional(z.object({ LogGroup: z.optional(z.object({ Ref: z.string() })) })),
  Environment: z.optional(z.object({ Variables: z.optional(z.record(z.string(), z.unknown())) })),
});

/** A function without a log group of ours gets one from Lambda that never ends. */
const problemsOfFunction = (
  stage: string,
  { type, name, properties }: Resource,
  resources: readonly Resource[],
  map: readonly Store[],
): string[] => {
  if (type !== 'AWS::Lambda::Function') return [];
  const { LoggingConfig, Environment } = functionSchema.parse(properties);
  const group = LoggingConfig?.LogGroup?.Ref;
  const hasGroup = resources.some(
    ({ logicalId, type: of }) => logicalId === group && of === 'AWS::Logs::LogGroup',
  );
  const untold = hasGroup
    ? []
    : [`${name}: its log group is none of the stack's, so it never ends: ${CHANGE}`];
  const variables = Object.entries(Environment?.Variables ?? {}).filter(([variable]) =>
    variable.endsWith('RETENTION_SECONDS'),
  );
  return [
    ...untold,
    ...variables.flatMap(([variable, value]) => {
      const told = secondsOfVariable(stage, variable, map);
      return told.size === 1 && told.has(Number(value))
        ? []
        : [
            `${name}: ${variable} is ${value} s, the data map says ${[...told].join(', ') || 'nothing'}: ${CHANGE}`,
          ];
    }),
  ];
};

/** What the map says that functions are told by a variable, in seconds. */
export const secondsOfVariable = (
  stage: string,
  variable: string,
  map: readonly Store[],
): ReadonlySet<number> =>
  new Set(
    map
      .flatMap(({ collections }) => collections)
      .filter(({ retention }) => retention.kind === 'for' && retention.variable === variable)
      .map(({ retention }) => secondsIn(stage, retention)),
  );
