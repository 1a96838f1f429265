import type { StageConfig } from '../config.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { held, refused, type Verdict, warned } from './finding.ts';

/** What is in the account that a stage is deployed to. */
export type Account = {
  /** Whose it is; rejects when there are no credentials. */
  identity(): Promise<{ accountId: string; region: string }>;
  /** What the caller has chosen, with credentials or without; rejects when nothing is. */
  region(): Promise<string>;
  /** `undefined`: the account has not been bootstrapped in this region. */
  bootstrapVersion(): Promise<number | undefined>;
  concurrency(functionNames: readonly string[]): Promise<Concurrency>;
  /** The text of a secret, or `undefined` when there is no such secret. */
  secretText(name: string): Promise<string | undefined>;
};

/** Executions at a time. */
export type Concurrency = {
  /** Of the whole account. */
  limit: number;
  /** What no function has set aside. */
  unreserved: number;
  /** What the functions in question have set aside already. */
  ours: number;
};

/** Lambda lets nobody set aside the last hundred. */
const KEPT_UNRESERVED = 100;

export const bootstrapVerdict = (stage: string, needed: number, found: number | undefined): Verdict => {
  const fix = `npx cdk bootstrap -c stage=${stage}`;
  if (found === undefined) return refused('the CDK has not been bootstrapped here', fix);
  if (found < needed) return refused(`bootstrap version ${found}, and ${needed} is needed`, fix);
  return held(`version ${found}, ${needed} needed`);
};

/** AWS's regions in the European Union; London and Zurich are in Europe and not in it. */
const UNION_REGIONS = ['eu-central-1', 'eu-north-1', 'eu-south-1', 'eu-south-2', 'eu-west-1', 'eu-west-3'];

/** How AWS names regions (partitions.json of its SDKs). */
const REGION = /^(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)-(gov-|iso\w*-)?[a-z]+-\d+$/;

/** Where all that the stage keeps will be: docs/privacy says that it is in the Union. */
export const regionVerdict = (stage: string, region: string): Verdict => {
  if (UNION_REGIONS.includes(region)) return held(region);
  const fix = 'choose one of the Union: AWS_REGION=eu-west-3';
  if (!REGION.test(region)) return refused(`AWS has no region ${region}`, fix);
  const found = `${region} is outside of the European Union, and personal data would leave it`;
  return stage === 'production' ? refused(found, fix) : warned(found, fix);
};

/** Names of the functions that set concurrency aside, and how much together. */
export const reservedBy = ({ stage, lanes, worker }: StageConfig) => ({
  functionNames: laneNames.map((name) => `relay-${stage}-process-job-${name}`),
  needed: worker.reserveConcurrency ? laneNames.reduce((sum, name) => sum + lanes[name].concurrency, 0) : 0,
  wanted: laneNames.reduce((sum, name) => sum + lanes[name].concurrency, 0),
});

export const concurrencyVerdict = (
  config: StageConfig,
  { limit, unreserved, ours }: Concurrency,
): Verdict => {
  const { needed, wanted } = reservedBy(config);
  const least = limit - (unreserved + ours) + needed + KEPT_UNRESERVED;
  const raise = (value: number) =>
    `ask for ${value}: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value ${value}`;
  if (needed > 0 && unreserved + ours - needed < KEPT_UNRESERVED)
    return refused(
      `the lanes set ${needed} executions aside, and of ${limit} in the account ${unreserved + ours} are free, ${KEPT_UNRESERVED} of which must stay so`,
      raise(least),
    );
  if (wanted > limit)
    return warned(`the lanes may run ${wanted} executions at a time, and the account ${limit}`, raise(least));
  return held(`${limit} executions in the account, ${needed} set aside for the lanes`);
};
