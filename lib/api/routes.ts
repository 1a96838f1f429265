import * as z from 'zod/mini';
import { identifier, MAX_MESSAGE_BYTES } from '../pipeline/job/job-message.ts';
import { examples } from './examples.ts';
import type { RouteSpec } from './route.ts';
import * as jobs from './schemas/job.ts';
import * as operations from './schemas/operations.ts';
import * as privacy from './schemas/privacy.ts';

/** Largest body of a batch, in bytes: Lambda takes 6 MB, in which a body of quotes alone is twice as long. */
const MAX_BATCH_BYTES = 2.5 * 1024 * 1024;

const orderHeaders = z.object({
  'idempotency-key': z.optional(
    identifier.check(
      z.describe('Sent again with the same body, it means the same order; with another one, a conflict.'),
    ),
  ),
});

const jobHeaders = z.extend(orderHeaders, {
  'x-correlation-id': z.optional(identifier.check(z.describe('What you know the job by.'))),
});

const noQuery = z.strictObject({});

const waitQuery = z.strictObject({ wait: z.optional(jobs.waitSeconds) });

/** Every endpoint there is, by the name of what it does. */
export const routes = {
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    tag: 'about',
    summary: 'Whether the API is up',
    scopes: [],
    query: noQuery,
    answers: { 200: { description: 'It is.', body: operations.health } },
    problems: [],
  },
  getDocument: {
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'about',
    summary: 'This document',
    scopes: [],
    query: noQuery,
    answers: { 200: { description: 'OpenAPI 3.1.', body: z.looseObject({ openapi: z.string() }) } },
    problems: [],
  },
  listModels: {
    method: 'GET',
    path: '/v1/models',
    tag: 'about',
    summary: 'Models that jobs may ask for',
    description: 'With the providers that answer for them, and when each of those stops.',
    scopes: ['jobs:read', 'ops:read'],
    query: noQuery,
    answers: { 200: { description: 'All models.', body: operations.models } },
    problems: [],
  },
  submitJob: {
    method: 'POST',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Submit a job',
    description:
      'A 202 means that the job is durable and will end. With `wait`, the ended job comes as a 200.',
    scopes: ['jobs:write'],
    query: waitQuery,
    headers: jobHeaders,
    body: jobs.submittedJob,
    example: examples.job,
    maxBodyBytes: MAX_MESSAGE_BYTES,
    answers: {
      200: { description: 'The job has ended: it did before, or within `wait`.', body: jobs.job },
      202: { description: 'The job is accepted.', body: jobs.job },
    },
    problems: [
      'budget-exhausted',
      'other-tenant',
      'idempotency-conflict',
      'too-large',
      'unsupported-media-type',
      'too-many-requests',
      'unavailable',
    ],
  },
  submitJobs: {
    method: 'POST',
    path: '/v1/jobs/batch',
    tag: 'jobs',
    summary: 'Submit up to 100 jobs',
    description: 'Each by itself: what became of every one stands in the answer. Names come from the jobs.',
    scopes: ['jobs:write'],
    query: noQuery,
    body: jobs.jobBatch,
    example: examples.batch,
    documentedBody: jobs.documentedBatch,
    maxBodyBytes: MAX_BATCH_BYTES,
    answers: { 200: { description: 'What became of each job.', body: jobs.batchResult } },
    problems: ['too-large', 'unsupported-media-type', 'unavailable'],
  },
  listJobs: {
    method: 'GET',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: "The tenant's jobs, newest first",
    description: 'A job appears here within a second or so. Pages stay the same while new jobs arrive.',
    scopes: ['jobs:read'],
    query: jobs.jobsQuery,
    answers: { 200: { description: 'A page of jobs.', body: jobs.jobPage } },
    problems: ['unavailable'],
  },
  getJob: {
    method: 'GET',
    path: '/v1/jobs/{jobId}',
    tag: 'jobs',
    summary: 'One job',
    scopes: ['jobs:read'],
    params: jobs.jobParams,
    query: waitQuery,
    answers: { 200: { description: 'The job.', body: jobs.job } },
    problems: ['not-found', 'unavailable'],
  },
  cancelJob: {
    method: 'DELETE',
    path: '/v1/jobs/{jobId}',
    tag: 'jobs',
    summary: 'Cancel a job that has not ended',
    scopes: ['jobs:write'],
    params: jobs.jobParams,
    query: noQuery,
    answers: { 200: { description: 'It is canceled.', body: jobs.cancellation } },
    problems: ['not-found', 'wrong-state', 'unavailable'],
  },
  retryJob: {
    method: 'POST',
    path: '/v1/jobs/{jobId}/retry',
    tag: 'jobs',
    summary: 'Run a job again that failed or expired',
    description: "Under the same jobId, with its lane's time from now on; what was tried before stays on it.",
    scopes: ['jobs:write'],
    params: jobs.jobParams,
    query: noQuery,
    once: true,
    answers: { 202: { description: 'It waits in its lane again.', body: jobs.job } },
    problems: ['not-found', 'wrong-state', 'budget-exhausted', 'too-many-requests', 'unavailable'],
  },
  listLanes: {
    method: 'GET',
    path: '/v1/lanes',
    tag: 'operations',
    summary: 'How full the lanes are',
    scopes: ['ops:read'],
    query: noQuery,
    answers: { 200: { description: 'All lanes, most important first.', body: operations.lanes } },
    problems: ['unavailable'],
  },
  redriveLane: {
    method: 'POST',
    path: '/v1/lanes/{lane}/redrive',
    tag: 'operations',
    summary: "Send a lane's dead letters back",
    description: 'Those that a filter selects, one by one; `all` of them, by SQS itself.',
    scopes: ['ops:write'],
    params: operations.laneParams,
    query: noQuery,
    body: operations.redriveOrder,
    example: examples.redrive,
    maxBodyBytes: 4_096,
    answers: { 200: { description: 'What was done.', body: operations.redrive } },
    problems: ['wrong-state', 'too-large', 'unsupported-media-type', 'unavailable'],
  },
  listCircuits: {
    method: 'GET',
    path: '/v1/circuits',
    tag: 'operations',
    summary: 'Circuits: which models are not called, and why',
    scopes: ['ops:read'],
    query: noQuery,
    answers: { 200: { description: 'All circuits.', body: operations.circuits } },
    problems: ['unavailable'],
  },
  holdCircuit: {
    method: 'PUT',
    path: '/v1/circuits/{provider}/{model}',
    tag: 'operations',
    summary: 'Hold a circuit open or closed, or let it go',
    scopes: ['ops:write'],
    params: operations.circuitParams,
    query: noQuery,
    body: operations.circuitOrder,
    example: examples.hold,
    maxBodyBytes: 4_096,
    answers: { 200: { description: 'The circuit as it is now.', body: operations.circuit } },
    problems: ['not-found', 'too-large', 'unsupported-media-type', 'unavailable'],
  },
  getCosts: {
    method: 'GET',
    path: '/v1/costs',
    tag: 'money',
    summary: 'What was spent on models',
    description: "The tenant's own; operators may name a tenant, or see all. CSV with `Accept: text/csv`.",
    scopes: ['jobs:read', 'ops:read'],
    query: operations.costsQuery,
    answers: {
      200: {
        description: 'Sums by day and key. As CSV one line for each.',
        body: operations.costs,
        csv: { list: 'rows', columns: operations.costColumns },
      },
    },
    problems: ['other-tenant', 'unavailable'],
  },
  listAlerts: {
    method: 'GET',
    path: '/v1/alerts',
    tag: 'operations',
    summary: 'What the person on call is told of',
    scopes: ['ops:read'],
    query: noQuery,
    answers: {
      200: {
        description: 'Groups of alerts, firing ones first.',
        body: operations.alerts,
        csv: { list: 'groups', columns: operations.alertColumns },
      },
    },
    problems: ['unavailable'],
  },
  requestPrivacy: {
    method: 'POST',
    path: '/v1/privacy/requests',
    tag: 'privacy',
    summary:
      "Ask for a person's right: access, portability, erasure, restriction, objection, or that these two end",
    scopes: ['privacy:write'],
    query: noQuery,
    headers: orderHeaders,
    body: privacy.privacyOrder,
    example: examples.privacy,
    maxBodyBytes: 4_096,
    answers: { 202: { description: 'It is recorded, and is due then.', body: privacy.privacyRequest } },
    problems: [
      'other-tenant',
      'idempotency-conflict',
      'too-large',
      'unsupported-media-type',
      'too-many-requests',
      'unavailable',
    ],
  },
  getPrivacyRequest: {
    method: 'GET',
    path: '/v1/privacy/requests/{requestId}',
    tag: 'privacy',
    summary: 'How far a privacy request is',
    scopes: ['privacy:write'],
    params: privacy.privacyParams,
    query: noQuery,
    answers: { 200: { description: 'The request.', body: privacy.privacyRequest } },
    problems: ['not-found', 'unavailable'],
  },
} as const satisfies Record<string, RouteSpec>;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

export const routeNames: readonly RouteName[] = Object.keys(routes).filter(
  (name): name is RouteName => name in routes,
);

/** As API Gateway names a route in its events. */
export const routeKeyOf = ({ method, path }: Pick<RouteSpec, 'method' | 'path'>): string =>
  `${method} ${path}`;
