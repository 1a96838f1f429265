import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { CircuitHold } from '../pipeline/fleet/circuit.ts';
import type { CircuitId } from '../pipeline/fleet/circuits.ts';

/** Longer than any drill, or look, in seconds. */
const KEPT_SECONDS = 86_400;

/** What `hold_circuit` of docs/runbook.md writes, under "Open circuits": an operator has the AWS CLI and nothing of ours. */
export const holdCircuit = async (
  dynamodb: DynamoDBClient,
  { provider, modelId }: CircuitId,
  hold: CircuitHold | 'auto',
): Promise<void> => {
  const state = { kind: 'closed', failures: 0, lastFailureAtMs: 0 };
  const value = JSON.stringify(hold === 'auto' ? { state } : { hold, state });
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: 'relay-local-fleet',
      Key: { family: { S: 'circuit' }, name: { S: `${provider}/${modelId}` } },
      UpdateExpression:
        'SET #value = :value, #version = if_not_exists(#version, :none) + :one, expiresAt = :end REMOVE writeId',
      ExpressionAttributeNames: { '#value': 'value', '#version': 'version' },
      ExpressionAttributeValues: {
        ':value': { S: value },
        ':none': { N: '0' },
        ':one': { N: '1' },
        ':end': { N: String(Math.floor(Date.now() / 1000) + KEPT_SECONDS) },
      },
    }),
  );
};
