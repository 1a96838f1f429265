import { writeFileSync } from 'node:fs';
import { jobMessageSchema } from '../lib/pipeline/job/job-message.ts';

// `npm run schema`: publishes the job message as JSON Schema, for producers in any language.
writeFileSync('docs/job-message.schema.json', `${JSON.stringify(jobMessageSchema(), null, 2)}\n`);
