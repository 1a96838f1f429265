/** The first thing to do, by runbook heading: what fits into a mail that is read at night. */
export const suggestedActions: Readonly<Record<string, string>> = {
  'dead-letters': 'Read the reasons in the dead-letter queue; mend the cause, then move the messages back.',
  waiting: 'Look why the lane is not worked off: deferrals, quotas, slow models, a mapping switched off.',
  'provider-needs-person': "Top up the provider's account, or put a valid key into the secret.",
  'open-circuits': "Read the provider's status page; hold its circuits open if it keeps failing.",
  'default-answers': 'Find out why no model answers: circuits, deadlines, or the way out of the network.',
  'failed-jobs': 'Read the reasons in the job ended lines; tell the producer, or mend what is ours.',
  'expired-jobs': 'Find out what the jobs waited for: limits of a user, quotas, too short deadlines.',
  'delivery-errors': 'Look at DynamoDB and at the error names in the log; roll back if it is a bug.',
  'unpriced-calls': 'Add the missing price or tier to the catalogue and deploy.',
  'group-alerts-errors': 'Read the log of group-alerts; meanwhile look at the alarms in CloudWatch yourself.',
  'group-alerts-dead-letters': 'Read the reasons in the dead-letter queue: each is an alert that nobody got.',
  'group-alerts-waiting':
    'Alerts wait: look whether group-alerts runs, and at CloudWatch yourself meanwhile.',
  'group-alerts-heartbeat':
    'The schedule of group-alerts is silent: look whether rule and function are enabled.',
};

/** Alerts are raised by code that may be newer than this list. */
export const suggestedAction = (name: string): string =>
  suggestedActions[name] ?? 'Open the runbook: what it means, where to look, what to do.';
