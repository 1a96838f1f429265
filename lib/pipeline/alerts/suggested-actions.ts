/** The first thing to do, by runbook heading: what fits into a mail that is read at night. */
export const suggestedActions: Readonly<Record<string, string>> = {
  'dead-letters': 'Read the reasons in the dead-letter queue; mend the cause, then move the messages back.',
  backlog:
    'Find the producer that sends more than usual, or the workers that stand still; else raise the concurrency.',
  waiting: 'Look why the lane is not worked off: deferrals, quotas, slow models, a mapping switched off.',
  'provider-needs-person': "Top up the provider's account, or put a valid key into the secret.",
  'provider-down':
    "See which provider's circuits are open, and read its status page; if it will last, hold its circuits open and tell those who send.",
  'rescued-answers':
    'Read why the first model does not answer: an open circuit, a quota, or limits that are too short.',
  'model-shutdown': 'Add the successor to the catalogue, or give the stage another provider, and deploy.',
  'open-circuits': "Read the provider's status page; hold its circuits open if it keeps failing.",
  'default-answers': 'Find out why no model answers: circuits, deadlines, or the way out of the network.',
  'failed-jobs': 'Read the reasons in the job ended lines; tell the producer, or mend what is ours.',
  'expired-jobs': 'Find out what the jobs waited for: limits of a user, quotas, too short deadlines.',
  'deadline-burn':
    'Look whether the lanes of people who wait are worked off at all; then as for expired jobs.',
  'budget-warnings':
    'Ask whether the tenant means to spend this much; raise its budget before its jobs are refused.',
  'budget-records':
    'Find out who edited the record, or which deploy wrote another kind; the budget holds meanwhile.',
  'budgets-exhausted': "Raise the tenant's budget, or tell its owner that its jobs wait for midnight UTC.",
  'minor-risk':
    'Find the stopped jobs by their reason, tell their tenants, and follow the procedure; do not read contents.',
  'privacy-late':
    'Read why the request waits in the log of answer-privacy-requests; mend that, or answer the person by hand.',
  'audit-broken':
    'Name the record from the log, compare it with its audit line, and find out who could write the table.',
  'spend-rate': 'Find the lane and the producer; stop a loop at its owner, or the lane meanwhile.',
  'delivery-errors': 'Look at DynamoDB and at the error names in the log; roll back if it is a bug.',
  'function-errors': 'Read how they died: out of time, out of memory, or a broken deploy to roll back.',
  'api-errors': 'Read why requests failed in the log of http-api; roll back if the last deploy broke it.',
  'throttled-functions': 'Ask AWS for more concurrent executions, or stop what uses them up.',
  'near-timeout':
    'Find what takes the time besides the models: batches that are too long, tables that are slow.',
  'throttled-tables': 'Find the table; a rush passes by itself, a key that is too hot does not.',
  'ledger-unwritten': 'Look whether the repair queue empties by itself; if not, as for ledger repair.',
  'ledger-repair':
    'See whether its queue falls: then wait. If not, read why repair-ledger cannot write, and mend that.',
  'ledger-drift':
    'Look for missing prices, broken calls, and others who use the same key; then reconcile again.',
  'webhooks-dead-letters':
    'Read the reasons in the dead-letter queue; tell the tenant, and move back what can be delivered now.',
  'webhooks-disabled': 'Ask the tenant for the URL that it wants to be told at, and put it into the secret.',
  'unpriced-calls': 'Look which provider breaks off calls or tells no usage, and read its status page.',
  'unknown-prices': 'Add the missing price or tier to the catalogue and deploy.',
  'total-costs': 'Read the log of total-costs; mend the cause, and its next run catches up.',
  'reconcile-costs': 'Read why reconcile-costs failed; mend the cause, then run it by hand.',
  'group-alerts-errors': 'Read the log of group-alerts; meanwhile look at the alarms in CloudWatch yourself.',
  'group-alerts-dead-letters': 'Read the reasons in the dead-letter queue: each is an alert that nobody got.',
  'group-alerts-waiting':
    'Alerts wait: look whether group-alerts runs, and at CloudWatch yourself meanwhile.',
  'group-alerts-unsent':
    'Notices do not go out: look at CloudWatch yourself, then at the policies of topic and key.',
  'group-alerts-unreadable':
    'A group of alerts cannot be read: look in CloudWatch whether its alarm fires; delete its record.',
  'group-alerts-heartbeat':
    'The schedule of group-alerts is silent: look whether rule and function are enabled.',
};

/** Alerts are raised by code that may be newer than this list. */
export const suggestedAction = (name: string): string =>
  suggestedActions[name] ?? 'Open the runbook: what it means, where to look, what to do.';

/** Where a person reads on. */
export const runbookOf = (name: string): string => `docs/runbook.md#${name}`;
