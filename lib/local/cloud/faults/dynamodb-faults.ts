import { setTimeout as sleep } from 'node:timers/promises';
import type { CarryOut, Interception, OnRequest } from '../aws-request.ts';
import { tablesIn } from '../dynamodb/tables-in.ts';
import { connectionReset, refusal } from '../json-service.ts';
import type { FaultOf, FaultRule } from './fault-rules.ts';
import { isOfKms } from './known-operations.ts';
import { splitBatch } from './partial-batch.ts';
import { endsWith, type RuleBook } from './rule-book.ts';

const kinds = ['throttle', 'slow', 'down', 'lost-reply', 'partial-batch'] as const;
type DynamoDbFault = FaultOf<(typeof kinds)[number]>;

/** Strikes requests that functions make to DynamoDB, and to KMS where a rule names one of its operations. */
export const dynamoDbFaults =
  (rules: RuleBook): OnRequest =>
  ({ service, action, caller }, exchange) => {
    if ((service !== 'dynamodb' && service !== 'kms') || caller.kind !== 'function' || exchange === undefined)
      return;
    const strike = rules.strike(kinds, {
      functionName: caller.functionName,
      fits: (rule) => fits(rule, action, exchange.input),
    });
    if (strike === undefined) return;
    const interception = interceptionOf(strike.fault, action);
    exchange.intercept((carryOut, input) => interception(carryOut, input).finally(strike.happened));
  };

const fits = ({ match, fault }: FaultRule, action: string, input: object): boolean =>
  (match.operation === action || (match.operation === undefined && !isOfKms(action))) &&
  (match.table === undefined || tablesIn(input).some((table) => endsWith(table, match.table))) &&
  (fault.kind !== 'partial-batch' || splitBatch(action, input, fault.keep) !== undefined);

const interceptionOf = (fault: DynamoDbFault, action: string): Interception => {
  switch (fault.kind) {
    case 'throttle':
      return () => Promise.reject(isOfKms(action) ? kmsThrottled() : throttled());
    case 'slow':
      return (carryOut, input) => carryOutLater(carryOut, input, fault.ms);
    case 'down':
      return () => Promise.reject(fault.how === 'reset' ? connectionReset() : unavailable());
    case 'lost-reply':
      return loseReply;
    case 'partial-batch':
      return async (carryOut, input) => {
        const batch = splitBatch(action, input, fault.keep);
        return batch === undefined ? carryOut(input) : batch.withRest(await carryOut(batch.first));
      };
  }
};

/** The timer keeps no cloud alive that is being stopped. */
const carryOutLater = async (carryOut: CarryOut, input: object, ms: number): Promise<object> => {
  await sleep(ms, undefined, { ref: false });
  return carryOut(input);
};

/** Whether it was carried out or refused, the caller does not learn it. */
const loseReply: Interception = async (carryOut, input) => {
  await carryOut(input).catch(() => undefined);
  throw connectionReset();
};

/** In the words of DynamoDB. */
const throttled = () =>
  refusal(
    'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
  );

const kmsThrottled = () =>
  refusal(
    'ThrottlingException',
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
  );

const unavailable = () =>
  Object.assign(
    refusal(
      'com.amazonaws.dynamodb.v20120810#ServiceUnavailable',
      'The service is temporarily unable to handle the request.',
    ),
    { statusCode: 503 },
  );
