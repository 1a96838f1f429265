import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { isAbout, type Subject } from '../../pipeline/privacy/subject.ts';
import type { DeadLetter } from '../api/dead-letter.ts';
import type { LaneDesk } from '../api/lane-desk.ts';

export type Desk = Pick<LaneDesk, 'receive' | 'remove' | 'putBack'>;

export type FoundLetter = { lane: LaneName; letter: DeadLetter };

/** Every dead letter of every lane that is about the subject, once each. */
export const lettersAbout = async (desk: Desk, subject: Subject): Promise<FoundLetter[]> => {
  const found: FoundLetter[] = [];
  await lookThrough(desk, subject, (letter) => {
    found.push(letter);
    return 'keep';
  });
  return found;
};

/** Takes the dead letters that are about the subject out of their queues; how many there were. */
export const eraseLetters = async (desk: Desk, subject: Subject): Promise<number> => {
  let erased = 0;
  await lookThrough(desk, subject, () => {
    erased += 1;
    return 'remove';
  });
  return erased;
};

type Verdict = 'remove' | 'keep';

const lookThrough = async (
  desk: Desk,
  subject: Subject,
  judge: (found: FoundLetter) => Verdict,
): Promise<void> => {
  const isMeant = ({ subjects }: DeadLetter): boolean => subjects !== undefined && isAbout(subject, subjects);
  await Promise.all(
    laneNames.map((lane) =>
      lookThroughLane(desk, lane, (letter) => (isMeant(letter) ? judge({ lane, letter }) : 'keep')),
    ),
  );
};

/** What stays is put back when all were seen: a queue has no other way to be looked through. */
const lookThroughLane = async (
  desk: Desk,
  lane: LaneName,
  judge: (letter: DeadLetter) => Verdict,
): Promise<void> => {
  const staying: DeadLetter[][] = [];
  try {
    let letters = await desk.receive(lane);
    while (letters.length > 0) {
      const { keep = [], remove = [] } = Object.groupBy(letters, judge);
      await Promise.all(remove.map((letter) => desk.remove(lane, letter)));
      if (keep.length > 0) staying.push(keep);
      letters = await desk.receive(lane);
    }
  } finally {
    await Promise.allSettled(staying.map((letters) => desk.putBack(lane, letters)));
  }
};
