import { readFileSync } from 'node:fs';
import { replacementProblems } from '../lib/deploy/stateful-resources.ts';
import { readSynthesized } from '../lib/deploy/template.ts';
import { templateProblems } from '../lib/deploy/template-problems.ts';

// A step of `npm run check`: what CloudFormation would refuse of the synthesized stages, or hold against their next
// update; and what production would lose by it.
const LIST = 'lib/deploy/stateful-resources.json';

const problems: string[] = [];
for (const assemblyDir of process.argv.slice(2)) {
  const { stacks } = await readSynthesized(assemblyDir);
  problems.push(...templateProblems(stacks));
  if (stacks.some(({ name }) => name.startsWith('relay-production-')))
    problems.push(...replacementProblems(stacks, JSON.parse(readFileSync(LIST, 'utf8')), LIST));
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
