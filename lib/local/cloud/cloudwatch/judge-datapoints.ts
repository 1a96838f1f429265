import type { AlarmState, MissingData } from './alarm.ts';

/** A period as an alarm sees it: bad, good, or without data. */
export type Datapoint = 'breaching' | 'good' | 'missing';

export type Judging = { evaluationPeriods: number; datapointsToAlarm: number; missingData: MissingData };

/**
 * Periods that are looked at beyond those to evaluate, so that data which is there counts before gaps do. AWS does not
 * tell the number; its examples have two ("Configuring how CloudWatch alarms treat missing data").
 */
const MORE_PERIODS = 2;

/** How many periods an alarm looks at, its evaluation range. */
export const evaluationRange = ({ evaluationPeriods }: Pick<Judging, 'evaluationPeriods'>): number =>
  evaluationPeriods + MORE_PERIODS;

/** The state that the datapoints of the evaluation range, oldest first, lead to. */
export const judge = (datapoints: readonly Datapoint[], judging: Judging, state: AlarmState): AlarmState => {
  const present = datapoints.filter((datapoint) => datapoint !== 'missing');
  const toFill = judging.evaluationPeriods - present.length;
  if (toFill <= 0) return byCount(badIn(present.slice(-judging.evaluationPeriods)), judging);
  switch (judging.missingData) {
    case 'breaching':
      return byCount(badIn(present) + toFill, judging);
    case 'notBreaching':
      return byCount(badIn(present), judging);
    case 'ignore':
      return withGaps(datapoints, judging, state, state);
    case 'missing':
      if (present.length === 0) return 'INSUFFICIENT_DATA';
      return withGaps(datapoints, judging, state, isOldEnough(datapoints, judging) ? 'ALARM' : state);
  }
};

/** One good datapoint ends the doubt; without any, too few bad ones leave it to `otherwise`. */
const withGaps = (
  datapoints: readonly Datapoint[],
  judging: Judging,
  state: AlarmState,
  otherwise: AlarmState,
): AlarmState => {
  if (badIn(datapoints) >= judging.datapointsToAlarm) return 'ALARM';
  if (datapoints.includes('good')) return 'OK';
  return datapoints.includes('breaching') ? otherwise : state;
};

/** Bad data with nothing but gaps after it makes an alarm once it is as old as the datapoints that an alarm needs. */
const isOldEnough = (datapoints: readonly Datapoint[], { datapointsToAlarm }: Judging): boolean =>
  datapoints.length - datapoints.indexOf('breaching') >= datapointsToAlarm;

const badIn = (datapoints: readonly Datapoint[]): number =>
  datapoints.filter((datapoint) => datapoint === 'breaching').length;

const byCount = (bad: number, { datapointsToAlarm }: Judging): AlarmState =>
  bad >= datapointsToAlarm ? 'ALARM' : 'OK';
