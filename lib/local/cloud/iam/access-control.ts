import type { Deployment } from '../assembly/deployment.ts';
import type { Policies } from '../assembly/plan-policies.ts';
import type { AwsRequest, Caller } from '../aws-request.ts';
import { type Access, type Decision, type Principal, roleOf, textOf } from './access.ts';
import { type AccessDenied, sentenceOf } from './access-denied.ts';
import { encryptionOf } from './encryption.ts';
import { createNeeds, type NeedsOf } from './needed-access.ts';
import { decide } from './policy-engine.ts';
import { serviceAccess } from './service-access.ts';
import { tellingContext } from './telling-keys.ts';

/** Told once of every access that policies can tell from those before it. */
export type OnAccess = (access: Access, decision: Decision) => void;

/** IAM: who may do what, by the policies of the templates. */
export type AccessControl = {
  /** From now on, what is deployed holds. Rejects if services of AWS may not do what they are declared to do. */
  govern(deployment: Deployment, region: string): Promise<void>;
  /** What a function or its mapping asks for and may not. Others are people, who administer this account. */
  denialOf(request: AwsRequest, input: object): Promise<AccessDenied | undefined>;
  /** The first of these that is not allowed. */
  firstDenied(accesses: readonly Access[]): Promise<AccessDenied | undefined>;
};

/** Keys that name a person or a job make ever new accesses; what has been forgotten is decided again. */
const MOST_REMEMBERED = 10_000;

export const createAccessControl = (onAccess: OnAccess = () => undefined): AccessControl => {
  let rule: Rule | undefined;
  const decided = new Map<string, Promise<Decision>>();
  const judge = (policies: Policies, asked: Access): Promise<Decision> => {
    const access = { ...asked, context: tellingContext(policies, asked) };
    const text = textOf(access);
    const known = decided.get(text);
    if (known !== undefined) return known;
    const decision = decide(policies, access);
    decision.then(
      (made) => onAccess(access, made),
      () => undefined, // told to whoever asks
    );
    if (decided.size >= MOST_REMEMBERED) decided.clear();
    decided.set(text, decision);
    return decision;
  };
  const firstDenied = async (accesses: readonly Access[]): Promise<AccessDenied | undefined> => {
    if (rule === undefined) throw new Error('nothing is deployed yet, so nothing can be decided');
    for (const access of accesses) {
      const decision = await judge(rule.policies, access);
      if (decision.kind === 'denied') return { access, because: decision.because };
    }
    return undefined;
  };
  return {
    govern: async (deployment, region) => {
      rule = ruleOf(deployment, region);
      const denied = await Promise.all(rule.ofServices.map((access) => firstDenied([access])));
      const sentences = denied.filter((each) => each !== undefined).map((each) => sentenceOf(each));
      if (sentences.length > 0) throw new Error(`AWS would not run this.\n${sentences.join('\n')}`);
    },
    denialOf: async (request, input) => {
      const principal = rule?.principalOf(request.caller);
      if (rule === undefined || principal === undefined) return undefined;
      return firstDenied(rule.needsOf(request, input).map((need) => ({ ...need, principal })));
    },
    firstDenied,
  };
};

type Rule = {
  policies: Policies;
  needsOf: NeedsOf;
  ofServices: readonly Access[];
  principalOf(caller: Caller): Principal | undefined;
};

const ruleOf = (deployment: Deployment, region: string): Rule => {
  const roles = new Map(deployment.functions.map((spec) => [spec.name, roleOf(spec)]));
  const encryption = encryptionOf(deployment, region);
  return {
    policies: deployment.policies,
    needsOf: createNeeds(deployment, encryption, region),
    ofServices: serviceAccess(deployment, encryption, region),
    principalOf: (caller) => (caller.kind === 'outside' ? undefined : roles.get(caller.functionName)),
  };
};
