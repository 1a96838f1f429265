import { RECORD_FILE } from '../lib/drill/access/access-record.ts';
import { problemsOfGrants } from '../lib/drill/access/check-access.ts';

// A step of `npm run check`: a right that no run has needed, or that is wider than one thing, fails it.
const problems = await problemsOfGrants(process.argv[2] ?? '.relay/check/local', RECORD_FILE);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
