import { isPassing } from './retry.ts';

/**
 * Several failures as one, by the name of the first that does not pass by itself: a right that is missing is not to
 * hide behind a number of hours.
 */
export const failedTogether = (errors: readonly unknown[], message: string): AggregateError => {
  const telling = errors.find((error) => !isPassing(error)) ?? errors[0];
  const failure = new AggregateError(errors, message);
  return telling instanceof Error ? Object.assign(failure, { name: telling.name }) : failure;
};
