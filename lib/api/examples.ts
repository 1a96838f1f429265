const job = {
  creatorId: 'creator-17',
  subjectRefs: ['fan-9f2c'],
  priority: 'critical',
  model: 'gpt-5-mini',
  input: {
    instructions: 'You write for Lea: warm, short, no emoji.',
    messages: [{ role: 'user', content: 'When is the next live session?' }],
  },
};

/** Bodies that the document shows, which anybody may send as they are. */
export const examples = {
  job,
  batch: { jobs: [job, { ...job, priority: 'low', model: 'gpt-5-nano', idempotencyKey: 'welcome-9f2c' }] },
  redrive: { filter: { reason: 'invalid' }, dryRun: true },
  hold: { hold: 'open' },
  privacy: { right: 'access', subject: { kind: 'fan', ref: 'fan-9f2c' } },
};
