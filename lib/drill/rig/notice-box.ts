import { type Notice, noticeSchema } from '../../pipeline/alerts/notice.ts';
import type { Rig } from './rig.ts';
import { openTopicBox, type TopicMessage } from './topic-box.ts';

/** What the person on call gets, as a machine would read it. */
export type NoticeBox = Disposable & {
  /** Reads what has come; waits for a second if nothing has. Whether there was anything. */
  read(): Promise<boolean>;
  /** Every notice that was read, as often as it came. */
  notices(): readonly Notice[];
};

export const openNoticeBox = async (rig: Pick<Rig, 'endpoints'>): Promise<NoticeBox> => {
  const box = await openTopicBox(rig, 'notices');
  const notices: Notice[] = [];
  return {
    read: async () => {
      const taken = await box.take(1);
      notices.push(...taken.flatMap(noticesIn));
      return taken.length > 0;
    },
    notices: () => notices,
    [Symbol.dispose]: () => box[Symbol.dispose](),
  };
};

/** None for an alarm of CloudWatch that speaks directly. */
const noticesIn = ({ text }: TopicMessage): Notice[] => {
  const { data } = noticeSchema.safeParse(JSON.parse(text));
  return data === undefined ? [] : [data];
};
