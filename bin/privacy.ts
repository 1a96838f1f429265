import { placeholdersIn } from '../lib/privacy/documents/page-problems.ts';
import { readPages } from '../lib/privacy/documents/pages.ts';
import { publishDocuments } from '../lib/privacy/documents/publish.ts';

// `npm run privacy`: writes what of docs/privacy is made of the data map. With `-- --placeholders`: lists what a
// controller must fill in.
if (process.argv.includes('--placeholders'))
  for (const { file, line, name } of placeholdersIn(readPages())) console.log(`${file}:${line}: ${name}`);
else publishDocuments();
