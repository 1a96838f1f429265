import type { EnvironmentFaults, PlannedKill } from '../lambda/environment-faults.ts';
import type { EnvironmentKill } from '../lambda/execution-environment.ts';
import type { FaultOf } from './fault-rules.ts';
import type { RuleBook, Strike } from './rule-book.ts';

/** What may happen to the execution environments of a function. */
export const lambdaFaults = (rules: RuleBook, functionName: string): EnvironmentFaults => {
  const target = { functionName, fits: () => true };
  return {
    throttles: () => {
      const strike = rules.strike(['no-concurrency'], target);
      strike?.happened();
      return strike !== undefined;
    },
    planKill: () => {
      const strike = rules.strike(['kill'], target);
      return strike && planOf(strike);
    },
    clockSkewMs: () => {
      const strike = rules.strike(['skew'], target);
      strike?.happened();
      return strike?.fault.ms ?? 0;
    },
    toldName: () => {
      const strike = rules.strike(['name'], target);
      strike?.happened();
      return strike?.fault;
    },
  };
};

const planOf = ({ fault, draw, happened, spared }: Strike<'kill'>): PlannedKill => ({
  kill: killOf(fault, draw),
  ended: (wasKilled) => (wasKilled ? happened() : spared()),
});

const killOf = (fault: FaultOf<'kill'>, draw: (purpose: string) => number): EnvironmentKill => {
  switch (fault.when) {
    case 'before-return':
      return { kind: 'return' };
    case 'within':
      return { kind: 'time', afterMs: draw('moment') * fault.ms };
    case 'before-request':
    case 'after-request': {
      const isRandom = typeof fault.request === 'object';
      return {
        kind: 'request',
        stage: fault.when === 'before-request' ? 'before' : 'after',
        ordinal: ordinalOf(fault.request, draw),
        operation: fault.operation,
        orBeforeReturn: isRandom,
      };
    }
  }
};

const ordinalOf = (request: number | { upTo: number }, draw: (purpose: string) => number): number =>
  typeof request === 'number' ? request : 1 + Math.floor(draw('request') * request.upTo);
