import { basename } from 'node:path';
import {
  codeProblems,
  deployedSources,
  shapesOfCode,
  stageProblems,
  synthesizedResources,
} from '../lib/privacy/check/check-map.ts';
import { documentProblems } from '../lib/privacy/documents/publish.ts';

// A step of `npm run check`: the data map against synthesized stages, one directory each, and against the code.
const problems = [
  ...process.argv.slice(2).flatMap((dir) => stageProblems(basename(dir), synthesizedResources(dir))),
  ...codeProblems(await shapesOfCode(), deployedSources()),
  ...documentProblems(),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
