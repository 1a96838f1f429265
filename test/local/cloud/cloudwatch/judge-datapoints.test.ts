import fc from 'fast-check';
import type { AlarmState, MissingData } from '../../../../lib/local/cloud/cloudwatch/alarm.ts';
import { type Datapoint, judge } from '../../../../lib/local/cloud/cloudwatch/judge-datapoints.ts';

/** As AWS draws them: X is bad, 0 is good, - is missing; the newest stands last. */
const drawn = (picture: string): Datapoint[] =>
  picture
    .split(' ')
    .map((sign) => (({ X: 'breaching', '0': 'good', '-': 'missing' }) as const)[sign] ?? 'missing');

const treatments: readonly MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

const KEPT = 'kept';

describe('the tables of "Configuring how CloudWatch alarms treat missing data"', () => {
  it.each([
    ['0 - X - X', 3, 3, ['OK', 'OK', 'OK', 'OK']],
    ['0 - - - -', 3, 3, ['OK', 'OK', 'OK', 'OK']],
    ['- - - - -', 3, 3, ['INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK']],
    ['0 X X - X', 3, 3, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['- - X - -', 3, 3, ['ALARM', KEPT, 'ALARM', 'OK']],
    ['0 - X - X', 2, 3, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 0 X 0 X', 2, 3, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 - X - -', 2, 3, ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - 0', 2, 3, ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - X -', 2, 3, ['ALARM', KEPT, 'ALARM', 'OK']],
  ])('%s, %i of %i', (picture, datapointsToAlarm, evaluationPeriods, expected) => {
    for (const state of ['OK', 'ALARM'] as const) {
      const verdicts = treatments.map((missingData) =>
        judge(drawn(picture), { datapointsToAlarm, evaluationPeriods, missingData }, state),
      );
      expect(verdicts).toEqual(expected.map((verdict) => (verdict === KEPT ? state : verdict)));
    }
  });

  it('does not come to ALARM early: the next datapoint may be good', () => {
    const judging = { datapointsToAlarm: 3, evaluationPeriods: 3, missingData: 'missing' } as const;
    expect(judge(drawn('- - - - X'), judging, 'OK')).toBe('OK');
    expect(judge(drawn('- - X - -'), judging, 'OK')).toBe('ALARM');
  });
});

describe('whatever the datapoints', () => {
  const state = fc.constantFrom<AlarmState>('OK', 'ALARM', 'INSUFFICIENT_DATA');
  const judgings = fc
    .record({
      evaluationPeriods: fc.integer({ min: 1, max: 5 }),
      missingData: fc.constantFrom(...treatments),
    })
    .chain((judging) =>
      fc.record({
        judging: fc
          .integer({ min: 1, max: judging.evaluationPeriods })
          .map((datapointsToAlarm) => ({ ...judging, datapointsToAlarm })),
        datapoints: fc.array(fc.constantFrom<Datapoint>('good', 'breaching', 'missing'), {
          minLength: judging.evaluationPeriods + 2,
          maxLength: judging.evaluationPeriods + 2,
        }),
      }),
    );

  it('no gap matters while enough data is there', () => {
    fc.assert(
      fc.property(judgings, state, ({ judging, datapoints }, before) => {
        fc.pre(datapoints.filter((datapoint) => datapoint !== 'missing').length >= judging.evaluationPeriods);
        const verdicts = treatments.map((missingData) =>
          judge(datapoints, { ...judging, missingData }, before),
        );
        expect(new Set(verdicts).size).toBe(1);
      }),
    );
  });

  it('to count gaps as bad alarms whenever to count them as good does', () => {
    fc.assert(
      fc.property(judgings, state, ({ judging, datapoints }, before) => {
        const under = (missingData: MissingData) => judge(datapoints, { ...judging, missingData }, before);
        expect([under('notBreaching'), under('breaching')]).not.toEqual(['ALARM', 'OK']);
      }),
    );
  });

  it('good data alone is OK, bad data alone is ALARM', () => {
    fc.assert(
      fc.property(judgings, state, ({ judging, datapoints }, before) => {
        const all = (datapoint: Datapoint) =>
          judge(
            datapoints.map(() => datapoint),
            judging,
            before,
          );
        expect([all('good'), all('breaching')]).toEqual(['OK', 'ALARM']);
      }),
    );
  });
});
