import { createProcessJobWorker } from '../../lib/runtime/process-job-worker.ts';
import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { environment } from './environment.ts';

/** Works off one lane: SQS batches in, partial batch responses out. */
export const handler = createProcessJobWorker(readEnvironment(environment, process.env));
