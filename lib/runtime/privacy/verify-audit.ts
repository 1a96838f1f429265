import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AuditSight, nothingSeen, verifyNext } from '../../pipeline/privacy/audit-chain.ts';
import { sha256 } from '../sha256.ts';
import { readChain } from './audit-trail.ts';

type Options = { client: DynamoDBClient; tableName: string; retentionSeconds: number; now(): number };

/** Holds every record of a chain against the one before it. */
export const verifyAudit = async (options: Options, chain: string): Promise<AuditSight> => {
  const keptSinceMs = options.now() - options.retentionSeconds * 1000;
  let sight = nothingSeen;
  for await (const record of readChain(options, chain))
    sight = verifyNext(sight, record, { hashOf: sha256, keptSinceMs });
  return sight;
};
