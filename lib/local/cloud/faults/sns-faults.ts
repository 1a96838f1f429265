import type { AwsRequest } from '../aws-request.ts';
import type { RuleBook } from './rule-book.ts';

/** Whether what a function wants to publish is refused. */
export const snsFaults =
  (rules: RuleBook) =>
  ({ service, action, caller }: AwsRequest): boolean => {
    if (service !== 'sns' || caller.kind !== 'function' || !action.startsWith('Publish')) return false;
    const strike = rules.strike(['denied'], { functionName: caller.functionName, fits: () => true });
    strike?.happened();
    return strike !== undefined;
  };
