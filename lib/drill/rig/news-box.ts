import type { CompletionEvent } from '../../pipeline/job/completion-event.ts';
import { tenantEvent } from '../../pipeline/webhooks/event.ts';
import type { Rig } from './rig.ts';
import { openTopicBox, type TopicMessage } from './topic-box.ts';

/** The event of a job's end, and when it came. */
export type News = { atMs: number; event: CompletionEvent };

/** What a subscriber of the results is told. */
export type NewsBox = Disposable & {
  /** All that has come since the last time. */
  takeAll(): Promise<readonly News[]>;
};

/** Must be opened before the first job is sent. */
export const openNewsBox = async (rig: Pick<Rig, 'endpoints'>): Promise<NewsBox> => {
  const box = await openTopicBox(rig, 'results');
  return {
    takeAll: async () => {
      const news: News[] = [];
      for (let taken = await box.take(0); taken.length > 0; taken = await box.take(0))
        news.push(...taken.flatMap(read));
      return news;
    },
    [Symbol.dispose]: () => box[Symbol.dispose](),
  };
};

/** Of the ends of jobs: what else tenants are told of is passed over. */
const read = ({ text, atMs }: TopicMessage): News[] => {
  const event = tenantEvent.parse(JSON.parse(text));
  return event.type === 'job.ended' ? [{ atMs, event }] : [];
};
