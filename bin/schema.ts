import { readFileSync, writeFileSync } from 'node:fs';
import { openApiDocument } from '../lib/api/openapi.ts';
import { describeFields, withFields } from '../lib/client/describe-fields.ts';
import { jobMessageSchema } from '../lib/pipeline/job/job-message.ts';
import { exportLineSchema } from '../lib/pipeline/privacy/export-line.ts';

const publish = (file: string, document: object): void =>
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);

// `npm run schema`: publishes the job message as JSON Schema, for producers in any language, and as a table; and the
// HTTP API as OpenAPI.
const schema = jobMessageSchema();
publish('docs/job-message.schema.json', schema);
publish('docs/openapi.json', openApiDocument());
publish('docs/privacy-export.schema.json', exportLineSchema());
const page = readFileSync('docs/producers.md', 'utf8');
writeFileSync('docs/producers.md', withFields(page, describeFields(schema)));
