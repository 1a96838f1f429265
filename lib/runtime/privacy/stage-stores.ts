import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createLaneDesk, type LaneVariables, laneUrlsOf } from '../api/lane-desk.ts';
import type { LambdaVariables } from '../lambda-variables.ts';
import { systemClock } from '../system-clock.ts';
import { lambdaBucket } from './lambda-bucket.ts';
import { createPrivacyDesk } from './privacy-table.ts';
import { createSubjectJobs } from './subject-jobs.ts';

/** What the functions that go on with requests of persons are told by their environments. */
export type StoreVariables = LaneVariables & {
  PRIVACY_TABLE: string;
  OPEN_REQUESTS_INDEX: string;
  PRIVACY_RETENTION_SECONDS: number;
  JOBS_TABLE: string;
  TENANT_JOBS_INDEX: string;
  EXPORTS_BUCKET: string;
};

/** Where a stage keeps something of persons: what may be done there is up to the function's role. */
export const stageStores = (settings: StoreVariables, lambda: LambdaVariables, client: DynamoDBClient) => ({
  requests: createPrivacyDesk({
    client,
    tableName: settings.PRIVACY_TABLE,
    indexName: settings.OPEN_REQUESTS_INDEX,
    retentionSeconds: settings.PRIVACY_RETENTION_SECONDS,
    now: systemClock.now,
  }),
  jobs: createSubjectJobs({
    client,
    tableName: settings.JOBS_TABLE,
    indexName: settings.TENANT_JOBS_INDEX,
    now: systemClock.now,
  }),
  desk: createLaneDesk(laneUrlsOf(settings)),
  bucket: lambdaBucket(settings.EXPORTS_BUCKET, lambda),
  now: systemClock.now,
});
