import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { keptTable } from './kept-table.ts';

/** The index of the table of privacy requests that has those that are not answered yet. */
export const OPEN_REQUESTS_INDEX = 'open-requests';

/** Requests of persons. Those that are not answered yet are in an index, and leave it when they are. */
export const privacyTable = (scope: Construct, config: StageConfig, removalPolicy: RemovalPolicy): TableV2 =>
  new TableV2(scope, 'Privacy', {
    tableName: `relay-${config.stage}-privacy`,
    partitionKey: { name: 'tenantId', type: AttributeType.STRING },
    sortKey: { name: 'requestId', type: AttributeType.STRING },
    globalSecondaryIndexes: [
      {
        indexName: OPEN_REQUESTS_INDEX,
        partitionKey: { name: 'open', type: AttributeType.STRING },
        sortKey: { name: 'workAtMs', type: AttributeType.NUMBER },
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: ['receivedAtMs'],
      },
    ],
    ...keptTable(config, removalPolicy),
  });

/** Chains of audit records, each found by its function's name. */
export const auditTable = (scope: Construct, config: StageConfig, removalPolicy: RemovalPolicy): TableV2 =>
  new TableV2(scope, 'Audit', {
    tableName: `relay-${config.stage}-audit`,
    partitionKey: { name: 'chain', type: AttributeType.STRING },
    sortKey: { name: 'sequence', type: AttributeType.NUMBER },
    ...keptTable(config, removalPolicy),
  });
