import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notice } from '../../lib/pipeline/alerts/notice.ts';
import { createSnsNotices } from '../../lib/runtime/sns-notices.ts';

const aNotice = (nth: number): Notice => ({
  id: `notice-${nth}`,
  reason: 'new',
  name: 'waiting',
  severity: 'warning',
  labels: {},
  counts: { firing: 1, resolved: 0, received: 1 },
  firstAtMs: 0,
  lastAtMs: 0,
  lanes: [],
  members: [{}],
  more: 0,
  action: 'Look.',
  runbook: 'docs/runbook.md#waiting',
});

const notices = (count: number): Notice[] => Array.from({ length: count }, (_, nth) => aNotice(nth));

/** An SNS that answers each call in its own way: the entries of the call by the id of their notice. */
const topic = (answer: (ids: readonly string[], call: number) => readonly string[]) => {
  const calls: string[][] = [];
  const faults: unknown[] = [];
  const send = async ({ input }: PublishBatchCommand) => {
    const entries = (input.PublishBatchRequestEntries ?? []).map(({ Id, Message = '' }) => ({
      Id,
      notice: JSON.parse(JSON.parse(Message).sqs).id as string,
    }));
    calls.push(entries.map(({ notice }) => notice));
    const refused = answer(calls.at(-1) ?? [], calls.length);
    return { Failed: entries.filter(({ notice }) => refused.includes(notice)).map(({ Id }) => ({ Id })) };
  };
  const publish = createSnsNotices({
    client: { send } as unknown as SNSClient,
    topicArn: 'arn:aws:sns:x',
    stage: 'dev',
    pause: async () => undefined,
    onFault: (error) => faults.push(error),
  });
  return { publish, calls, faults };
};

describe('notices', () => {
  it('go out ten per call', async () => {
    const { publish, calls } = topic(() => []);
    expect((await publish(notices(23))).size).toBe(23);
    expect(calls.map(({ length }) => length)).toEqual([10, 10, 3]);
  });

  it('that SNS refused in a reply of 200 are tried again, and only they', async () => {
    const { publish, calls } = topic((_ids, call) => (call === 1 ? ['notice-1', 'notice-2'] : []));
    expect((await publish(notices(4))).size).toBe(4);
    expect(calls).toEqual([
      ['notice-0', 'notice-1', 'notice-2', 'notice-3'],
      ['notice-1', 'notice-2'],
    ]);
  });

  it('that are always refused are not out, and the others are', async () => {
    const { publish, calls } = topic(() => ['notice-1']);
    expect([...(await publish(notices(3)))]).toEqual(['notice-0', 'notice-2']);
    expect(calls).toHaveLength(3);
  });

  it('are not out when the call fails, and nothing is thrown', async () => {
    const { publish, faults } = topic(() => {
      throw new Error('AuthorizationError');
    });
    expect((await publish(notices(2))).size).toBe(0);
    expect(faults).toHaveLength(1);
  });
});
