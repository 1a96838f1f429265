import { Aws, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { environment as answerRequests } from '../../functions/answer-privacy-requests/environment.ts';
import { environment as verifyPrivacy } from '../../functions/verify-privacy/environment.ts';
import { daysInSeconds, metricsNamespace, type StageConfig } from '../config.ts';
import { appendsTo, type Binding, publishesTo, readsAndAppendsTo } from '../constructs/binding.ts';
import { JobFunction } from '../constructs/job-function.ts';
import {
  changesRecordsIn,
  destroysKeysIn,
  erasesJobsIn,
  findsJobsIn,
  keepsObjectsIn,
  listsObjectsOf,
  looksThrough,
  showsLettersOf,
  signsWith,
  wrapsWith,
} from '../constructs/privacy-binding.ts';
import type { AuditChain } from '../pipeline/privacy/audit-chains.ts';
import { type DataStack, TENANT_JOBS_INDEX } from './data-stack.ts';
import { functionSettings } from './function-settings.ts';
import { OPEN_REQUESTS_INDEX } from './privacy-tables.ts';

type PrivacyProps = StackProps & { bundlesDir: string };

/** Shorter than dead letters that were looked at stay hidden (lib/runtime/api/lane-desk.ts). */
const ANSWER_TIMEOUT_SECONDS = 115;

/** How long workers may use a key that they have fetched, in seconds. */
const KEY_CACHE_SECONDS = 300;

/** From an erasure on until no worker is left that began before it, in seconds, with a minute to spare. */
export const settleSeconds = ({ worker, erasureSettleSeconds }: StageConfig): number =>
  erasureSettleSeconds ?? KEY_CACHE_SECONDS + worker.timeoutSeconds + 60;

const AUDIT_CHAIN: AuditChain = 'answer-privacy-requests';
const VERIFY_CHAIN: AuditChain = 'verify-privacy';

/** How often the audit trail is verified, in minutes. */
export const VERIFY_EVERY_MINUTES = 60;

/** What keeps the rights of persons, and what proves it: behind the line of jobs, never in front of it. */
export class PrivacyStack extends Stack {
  /** Exports of what is kept of somebody, for a few days. */
  readonly exportsName: string;
  private readonly config: StageConfig;
  private readonly bundlesDir: string;

  constructor(scope: Construct, id: string, config: StageConfig, data: DataStack, props: PrivacyProps) {
    super(scope, id, props);
    this.config = config;
    this.bundlesDir = props.bundlesDir;
    this.exportsName = `relay-${config.stage}-exports-${Aws.ACCOUNT_ID}`; // nobody else in the world has it
    this.exportsBucket();
    this.answerRequests(data);
    this.verifyPrivacy(data);
  }

  private exportsBucket(): void {
    const { exportDays, protectData } = this.config;
    const bucket = new Bucket(this, 'Exports', {
      bucketName: this.exportsName,
      encryption: BucketEncryption.KMS_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [
        { expiration: Duration.days(exportDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Who is handed a link is in the audit trail; access logs would be another store of such links.',
    });
  }

  /** One at a time: another one would do the same. */
  private answerRequests({ privacy, jobs, audit, lanes, subjectKeys, contentKey, results }: DataStack): void {
    const { config } = this;
    const answer = new JobFunction(this, 'answer-privacy-requests', {
      ...functionSettings(this.config, this.bundlesDir, 'answer-privacy-requests'),
      schema: answerRequests,
      environment: {
        ...this.lanes(lanes, looksThrough),
        PRIVACY_TABLE: changesRecordsIn(privacy, OPEN_REQUESTS_INDEX),
        OPEN_REQUESTS_INDEX,
        PRIVACY_RETENTION_SECONDS: String(daysInSeconds(config.privacyRetentionDays)),
        JOBS_TABLE: erasesJobsIn(jobs, TENANT_JOBS_INDEX),
        TENANT_JOBS_INDEX,
        EXPORTS_BUCKET: keepsObjectsIn(this.exportsName),
        EXPORT_SECONDS: String(daysInSeconds(config.exportDays)),
        SETTLE_SECONDS: String(settleSeconds(config)),
        SUBJECT_KEYS_TABLE: destroysKeysIn(subjectKeys),
        CONTENT_KEY: wrapsWith(contentKey),
        RESULTS_TOPIC: publishesTo(results),
        AUDIT_TABLE: appendsTo(audit, AUDIT_CHAIN),
        AUDIT_RETENTION_SECONDS: String(daysInSeconds(config.auditRetentionDays)),
        METRICS_NAMESPACE: metricsNamespace(config.stage),
      },
      timeoutSeconds: ANSWER_TIMEOUT_SECONDS,
      reservedConcurrency: config.worker.reserveConcurrency ? 1 : undefined,
    });
    this.schedule('answer-privacy-requests', answer, Schedule.rate(Duration.minutes(1)));
  }

  /** Of what it looks at it may change nothing: who verifies cannot be who has changed. */
  private verifyPrivacy({ audit, privacy, jobs, lanes, results }: DataStack): void {
    const { config } = this;
    const verify = new JobFunction(this, 'verify-privacy', {
      ...functionSettings(this.config, this.bundlesDir, 'verify-privacy'),
      schema: verifyPrivacy,
      environment: {
        ...this.lanes(lanes, showsLettersOf),
        AUDIT_TABLE: readsAndAppendsTo(audit, VERIFY_CHAIN),
        AUDIT_RETENTION_SECONDS: String(daysInSeconds(config.auditRetentionDays)),
        PRIVACY_TABLE: changesRecordsIn(privacy, OPEN_REQUESTS_INDEX),
        OPEN_REQUESTS_INDEX,
        PRIVACY_RETENTION_SECONDS: String(daysInSeconds(config.privacyRetentionDays)),
        JOBS_TABLE: findsJobsIn(jobs, TENANT_JOBS_INDEX),
        TENANT_JOBS_INDEX,
        EXPORTS_BUCKET: listsObjectsOf(this.exportsName),
        RECEIPT_KEY: signsWith(this.receiptKey()),
        RESULTS_TOPIC: publishesTo(results),
        LANE_SECONDS: String(daysInSeconds(config.queue.retentionDays)),
        BACKUP_SECONDS: String(daysInSeconds(config.recoveryDays)),
        METRICS_NAMESPACE: metricsNamespace(config.stage),
      },
      timeoutSeconds: ANSWER_TIMEOUT_SECONDS,
    });
    this.schedule('verify-privacy', verify, Schedule.rate(Duration.minutes(1)), { audit: false });
    this.schedule('verify-audit', verify, Schedule.rate(Duration.minutes(VERIFY_EVERY_MINUTES)));
  }

  /** Receipts can be verified for as long as requests are kept, so it outlives its stack. */
  private receiptKey(): Key {
    return new Key(this, 'ReceiptKey', {
      description: `Signs receipts of erasures, of stage ${this.config.stage}.`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: this.config.protectData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
  }

  private lanes(lanes: DataStack['lanes'], letters: (queue: IQueue) => Binding) {
    return {
      CRITICAL_QUEUE_URL: lanes.critical.queue.queueUrl,
      HIGH_QUEUE_URL: lanes.high.queue.queueUrl,
      MEDIUM_QUEUE_URL: lanes.medium.queue.queueUrl,
      LOW_QUEUE_URL: lanes.low.queue.queueUrl,
      CRITICAL_DEAD_LETTERS_URL: letters(lanes.critical.deadLetterQueue),
      HIGH_DEAD_LETTERS_URL: letters(lanes.high.deadLetterQueue),
      MEDIUM_DEAD_LETTERS_URL: letters(lanes.medium.deadLetterQueue),
      LOW_DEAD_LETTERS_URL: letters(lanes.low.deadLetterQueue),
    };
  }

  private schedule(rule: string, door: JobFunction<never>, schedule: Schedule, event: object = {}): void {
    door.runsOn(schedule, {
      rule,
      ruleName: `relay-${this.config.stage}-${rule}`,
      event,
      why: 'A run that was missed is made up for by the next one, which finds all that there is to do.',
    });
  }
}
