import { problemsOfAssembly } from '../lib/drill/alarms/check-alarms.ts';

// A step of `npm run check`: an alarm without a drill, an impact or a heading of the runbook fails it.
const problems = await problemsOfAssembly(process.argv[2] ?? '.relay/check/local');
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
