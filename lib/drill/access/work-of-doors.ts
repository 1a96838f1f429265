import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { laneNames } from '../../pipeline/job/lane.ts';
import { liveOffers } from '../../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { periodsOf } from '../../pipeline/money/ledger.ts';
import { LATE } from '../../pipeline/money/totals.ts';
import { HOUR_MS, utcHour } from '../../pipeline/utc.ts';
import { newTraceparent } from '../../runtime/trace.ts';
import { watchForLine } from '../rig/line-watch.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig, RigOptions } from '../rig/rig.ts';
import { strikeModels } from '../rig/strike.ts';
import { answering, openReceiver } from '../rig/webhook-receiver.ts';

/** A tenant of each lane has a budget: the first job of its day reads what it has spent. */
export const budgetedIn = (lane: string): string => `tenant-${lane}`;

const BUDGET_MICRO_USD = 10_000_000;

/** Longer than any entry of the ledger is on its way, and than the provider's account takes. */
const AHEAD_MS = 8 * HOUR_MS;

/** Old enough for the fold that comes next to take it off the list. */
const MARKED_BEFORE_MS = HOUR_MS;

/** Whose endpoint breaks, is gone, and may not be called. */
const REFUSED = 'tenant-refused';
const GONE = 'tenant-gone';
const NOWHERE = 'tenant-nowhere';

/** A stage in which every door has something to do. */
export const rigForDoors = async (opened: AsyncDisposableStack): Promise<RigOptions> => {
  const refused = opened.use(await openReceiver(answering(500)));
  const gone = opened.use(await openReceiver(answering(410)));
  const nowhere = { ...gone.endpoint, url: 'https://10.0.0.7/' };
  const tenants = Object.fromEntries(laneNames.map((lane) => [budgetedIn(lane), BUDGET_MICRO_USD]));
  return {
    webhooks: { [REFUSED]: refused.endpoint, [GONE]: gone.endpoint, [NOWHERE]: nowhere },
    context: {
      webhookWaitsSeconds: '[1]',
      erasureSettleSeconds: '1',
      budgets: JSON.stringify({ criticalShare: 0.1, tenants }),
    },
  };
};

/** Has every door do all that its role lets it do, each at least once. */
export const putDoorsToWork = async (rig: Rig): Promise<void> => {
  await rig.cloudFaults(lateClocks);
  const first = await eachLane(async (lane) => {
    const tenants = [budgetedIn(lane), REFUSED, GONE, NOWHERE];
    return rig.send(
      lane,
      tenants.map((tenantId) => ({ tenantId })),
    );
  });
  await ended(rig, first.flat());
  await rejectMessages(rig);
  await repairLedger(rig);
  await fallBack(rig);
  await deliverOldJobsAgain(
    rig,
    first.map(([jobId = '']) => jobId),
  );
  await deferJobs(rig);
  await keepAccounts(rig);
  await breakModels(rig);
};

type Lane = (typeof laneNames)[number];

const eachLane = <Result>(work: (lane: Lane) => Promise<Result>): Promise<Result[]> =>
  Promise.all(laneNames.map(work));

const ended = (rig: Rig, jobIds: readonly string[]) => Promise.all(jobIds.map((jobId) => rig.ended(jobId)));

/** What these two enter in the ledger is of hours that have been folded. */
const lateClocks = ['repair-ledger', 'reconcile-costs'].map((functionName) => ({
  id: `ahead-${functionName}`,
  match: { functionName },
  fault: { kind: 'skew', ms: AHEAD_MS },
}));

/** Every queue gets a message that its door can only set aside. */
const rejectMessages = async (rig: Rig): Promise<void> => {
  using queues = openQueues(rig);
  for (const queue of [...laneNames, 'alerts', 'ledger-repair']) await queues.send(queue, '{"spoilt":');
};

/** A worker gives up on the ledger after 2 s, and a busy machine after more. */
const LONGEST_WRITE_MS = 60_000;

const repairLedger = async (rig: Rig): Promise<void> => {
  const throttled = laneNames.map((lane) => ({
    id: `ledger-${lane}`,
    match: { functionName: `process-job-${lane}`, table: 'ledger' },
    fault: { kind: 'throttle' },
  }));
  const unwritten = laneNames.map((lane) =>
    watchForLine(rig, new RegExp(`"message":"ledger not written".*"lane":"${lane}"`)),
  );
  await rig.cloudFaults([...lateClocks, ...throttled]);
  await ended(rig, (await eachLane((lane) => rig.send(lane, [{}]))).flat());
  await Promise.all(unwritten.map((watch) => watch.seenWithin(LONGEST_WRITE_MS)));
  await rig.cloudFaults(lateClocks);
};

/** A worker looks whether the job is still its own before it goes on to another model. */
const fallBack = async (rig: Rig): Promise<void> => {
  await rig.modelFaults(strikeModels(['gpt-5-nano'], { kind: 'reset' }));
  await ended(rig, (await eachLane((lane) => rig.send(lane, [{ model: 'gpt-5-nano' }]))).flat());
  await rig.modelFaults([]);
};

const JOBS = 'relay-local-jobs';

/** Whose calls are entered once more, in hours that have been folded. */
const deliverOldJobsAgain = async (rig: Rig, jobIds: readonly string[]): Promise<void> => {
  for (const [at, lane] of laneNames.entries()) {
    const jobId = jobIds[at] ?? '';
    const tenantId = budgetedIn(lane);
    const Key = { jobId: { S: jobId }, tenantId: { S: tenantId } };
    const { Item = {} } = await rig.dynamodb.send(new GetItemCommand({ TableName: JOBS, Key }));
    for (const { M: attempt = {} } of Item.attempts?.L ?? [])
      attempt.startedAtMs = { N: String(Number(attempt.startedAtMs?.N) - AHEAD_MS) };
    await rig.dynamodb.send(new PutItemCommand({ TableName: JOBS, Item }));
    await rig.send(lane, [{ tenantId, jobId }]);
  }
};

/** One creator's jobs, two more than may start in a minute. */
const deferJobs = async (rig: Rig): Promise<void> => {
  await eachLane((lane) =>
    rig.send(
      lane,
      Array.from({ length: 12 }, () => ({ creatorId: `busy-${lane}` })),
    ),
  );
};

const keepAccounts = async (rig: Rig): Promise<void> => {
  const nowMs = Date.now();
  const mark = {
    tenantDay: { S: LATE },
    hour: { S: utcHour(nowMs - 2 * AHEAD_MS) },
    markedAtMs: { N: String(nowMs - MARKED_BEFORE_MS) },
  };
  await rig.dynamodb.send(new PutItemCommand({ TableName: 'relay-local-totals', Item: mark }));
  await addToLedger(rig, nowMs);
  await rig.invoke('total-costs', {});
  await callAsStranger(rig);
  const hours = { fromHour: utcHour(nowMs - HOUR_MS), untilHour: utcHour(Date.now() + HOUR_MS) };
  await rig.invoke('reconcile-costs', hours);
};

const LEDGER = 'relay-local-ledger';

/** A call that the budget of its tenant knows nothing of. */
const addToLedger = async (rig: Rig, nowMs: number): Promise<void> => {
  for (const period of periodsOf(utcHour(nowMs))) {
    const { Items = [] } = await rig.dynamodb.send(
      new QueryCommand({
        TableName: LEDGER,
        KeyConditionExpression: '#period = :period',
        ExpressionAttributeNames: { '#period': 'period' },
        ExpressionAttributeValues: { ':period': { S: period } },
      }),
    );
    const Item = Items.find(({ tenantId }) => tenantId?.S === budgetedIn('critical'));
    if (Item === undefined) continue;
    const entry = { S: `added-${Item.entry?.S}` };
    await rig.dynamodb.send(new PutItemCommand({ TableName: LEDGER, Item: { ...Item, entry } }));
    return;
  }
};

/** A call that is on the provider's account, and in no ledger. */
const callAsStranger = async ({ endpoints: { models } }: Rig): Promise<void> => {
  const [offer] = liveOffers(defaultCatalogue['gpt-5'], Date.now(), (provider) => provider === 'openai');
  const response = await fetch(`${models}/v1/responses`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer drill',
      'content-type': 'application/json',
      traceparent: newTraceparent(),
    },
    body: JSON.stringify({ model: offer?.modelId, input: [{ role: 'user', content: 'Salut' }] }),
  });
  if (!response.ok) throw new Error(`the models answered ${response.status}`);
};

/** Whose circuit a lane finds closed, so that it is the one to open it. */
const modelOf = { critical: 'gpt-5', high: 'gpt-5-mini', medium: 'gpt-5-nano', low: 'claude' } as const;

/** Each lane finds another model out of money, and tells somebody. Then there is none, and earlier answers are looked for. */
const breakModels = async (rig: Rig): Promise<void> => {
  for (const lane of laneNames) {
    await rig.modelFaults(strikeModels([modelOf[lane]], { kind: 'money' }));
    await ended(rig, await rig.send(lane, [{ model: modelOf[lane], ...soon() }]));
  }
  await rig.modelFaults([{ id: 'money', match: {}, fault: { kind: 'money' } }]);
  await ended(rig, (await eachLane((lane) => rig.send(lane, [{ model: 'claude', ...soon() }]))).flat());
  await rig.modelFaults([]);
};

/** Some lanes wait for a model until then. */
const soon = () => ({ deadlineAt: new Date(Date.now() + 6_000).toISOString() });
