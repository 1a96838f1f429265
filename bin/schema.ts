import { readFileSync, writeFileSync } from 'node:fs';
import { describeFields, withFields } from '../lib/client/describe-fields.ts';
import { jobMessageSchema } from '../lib/pipeline/job/job-message.ts';

// `npm run schema`: publishes the job message as JSON Schema, for producers in any language, and as a table.
const schema = jobMessageSchema();
writeFileSync('docs/job-message.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
const page = readFileSync('docs/producers.md', 'utf8');
writeFileSync('docs/producers.md', withFields(page, describeFields(schema)));
