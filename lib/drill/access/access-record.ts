import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Access, policyHolderOf, principalArn, textOf } from '../../local/cloud/iam/access.ts';

/** What functions and services were seen to do, an access of each kind; the drill `every-grant` makes it. */
export const RECORD_FILE = 'docs/used-access.json';

const access = z.strictObject({
  principal: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('role'), roleArn: z.string(), sessionName: z.string() }),
    z.strictObject({ kind: z.literal('service'), name: z.string() }),
  ]),
  action: z.string(),
  resource: z.string(),
  context: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
});

export const readAccessRecord = async (file: string): Promise<readonly Access[]> =>
  z.array(access).parse(JSON.parse(await readFile(file, 'utf8')));

/** One access for each deed, the first by its text: two runs are to make the same record. */
export const recordOf = (accesses: readonly Access[]): readonly Access[] => {
  const sorted = accesses
    .map(withTypicalObject)
    .toSorted((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
  return [...new Map(sorted.toReversed().map((seen) => [deedOf(seen), seen])).values()].toReversed();
};

/** Objects have names of chance: in the record one stands for all of its bucket. */
const withTypicalObject = (access: Access): Access => {
  const holder = policyHolderOf(access.resource);
  return holder === access.resource ? access : { ...access, resource: `${holder}/object` };
};

/** Who does what to what; a service also for which resource it does so. */
export const deedOf = (access: Access): string => {
  const { principal, action, resource, context } = withTypicalObject(access);
  const actor = principalArn(principal).replace(/^.*assumed-role\/[^/]+\//, '');
  const source = principal.kind === 'service' ? context['aws:SourceArn'] : undefined;
  return `${actor} ${action} ${shortened(resource)}${source === undefined ? '' : ` for ${shortened(String(source))}`}`;
};

/** An ARN of this machine without what all have in common. */
export const shortened = (arn: string): string => arn.replace(/^arn:aws:([\w-]+):[\w-]*:\d*:/, '$1 ');
