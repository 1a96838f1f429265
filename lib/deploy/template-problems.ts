import { circleIn } from './circle.ts';
import { secretProblems } from './secrets-in-templates.ts';
import type { StackTemplate, Template } from './template.ts';

/** CloudFormation's quotas of one template: bytes as it is uploaded, resources, outputs (2026-11, "CloudFormation quotas"). */
export const TEMPLATE_LIMITS = { bytes: 1_000_000, resources: 500, outputs: 200 } as const;

/** What CloudFormation would refuse, or hold against the next update, as sentences with the fix. */
export const templateProblems = (stacks: readonly StackTemplate[]): string[] => [
  ...stacks.flatMap((stack) => [
    ...sizeProblems(stack),
    ...exportProblems(stack),
    ...circleProblems(stack),
    ...secretProblems(stack),
    ...referenceProblems(stack, stacks),
  ]),
  ...stackCircleProblems(stacks),
];

const sizeProblems = ({ name, bytes, template }: StackTemplate): string[] => {
  const counted = {
    bytes,
    resources: Object.keys(template.Resources).length,
    outputs: Object.keys(template.Outputs).length,
  };
  return (['bytes', 'resources', 'outputs'] as const)
    .filter((what) => counted[what] > TEMPLATE_LIMITS[what])
    .map(
      (what) =>
        `${name}: ${counted[what]} ${what}, and a template has ${TEMPLATE_LIMITS[what]} at most: divide the stack in lib/stacks/relay.ts`,
    );
};

/** CloudFormation lets nobody change or remove what another stack imports, so the two could no longer be deployed in turn. */
const exportProblems = ({ name, template }: StackTemplate): string[] => [
  ...Object.entries(template.Outputs)
    .filter(([, { Export }]) => Export !== undefined)
    .map(([output]) => `${name}: output ${output} is exported, which blocks its change: ${WEAK}`),
  ...argumentsOf('Fn::ImportValue', template).map(
    (value) => `${name}: imports ${JSON.stringify(value)}, which blocks its change: ${WEAK}`,
  ),
];

const WEAK = 'refer to it weakly (defaultCrossStackReferences in cdk.json)';

/** An output of another stack must be there, and deployed before. */
const referenceProblems = (
  { name, after, template }: StackTemplate,
  all: readonly StackTemplate[],
): string[] =>
  readsOf(template).flatMap(({ stack, output }) => {
    const producer = all.find((other) => other.name === stack);
    if (producer === undefined || !Object.hasOwn(producer.template.Outputs, output))
      return [`${name}: reads ${output} of ${stack}, which has no such output: deploy all stacks of the app`];
    return after.includes(stack)
      ? []
      : [`${name}: reads ${output} of ${stack} and may be deployed before it: name it with addDependency`];
  });

const circleProblems = ({ name, template }: StackTemplate): string[] => {
  const ids = Object.keys(template.Resources);
  const circle = circleIn(ids, (id) => {
    const { DependsOn = [], Properties = {} } = template.Resources[id] ?? {};
    return [...DependsOn, ...resourcesNamedIn(Properties)].filter((other) => ids.includes(other));
  });
  return circle === undefined
    ? []
    : [`${name}: ${circle.join(' needs ')}: take one reference out of the circle`];
};

const stackCircleProblems = (stacks: readonly StackTemplate[]): string[] => {
  const circle = circleIn(
    stacks.map(({ name }) => name),
    (name) => {
      const stack = stacks.find((each) => each.name === name);
      return stack === undefined ? [] : readsOf(stack.template).map((read) => read.stack);
    },
  );
  return circle === undefined
    ? []
    : [`${circle.join(' reads ')}: neither can be deployed first; move what both need into a third`];
};

/** What stands behind an intrinsic function, wherever it is in a value. */
const argumentsOf = (intrinsic: string, value: unknown): unknown[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === intrinsic ? [inner] : []),
    ...argumentsOf(intrinsic, inner),
  ]);
};

const readsOf = (template: Template): { stack: string; output: string }[] =>
  argumentsOf('Fn::GetStackOutput', template).map((argument) => {
    const { StackName, OutputName } = Object(argument);
    return { stack: String(StackName), output: String(OutputName) };
  });

/** Logical ids that `Ref`, `Fn::GetAtt` and `Fn::Sub` name. */
const resourcesNamedIn = (value: unknown): string[] => [
  ...argumentsOf('Ref', value).map(String),
  ...argumentsOf('Fn::GetAtt', value).map((argument) => String(argument).split(/[.,]/)[0] ?? ''),
  ...argumentsOf('Fn::Sub', value).flatMap((argument) =>
    [...String(Array.isArray(argument) ? argument[0] : argument).matchAll(/\$\{([^!}.]+)/g)].map(
      ([, name = '']) => name,
    ),
  ),
];
