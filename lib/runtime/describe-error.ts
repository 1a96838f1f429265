/** An error's message may quote what it choked on (JSON.parse does), so only its name and its places are told. */
export const describeError = (error: unknown) =>
  error instanceof Error ? { error: error.name, at: placesOf(error).slice(0, 5) } : { error: typeof error };

/** What stands before the message in a stack: a name, at times with a code. */
const STACK_NAME = /^[\w$ .[\]]*(: )?$/;
const PLACE = /^ {4}at .+:\d+:\d+\)?$/;

/** A stack keeps the message of when it was first read, whose lines may look like places. Reworded since: none is told. */
const placesOf = ({ message, stack = '' }: Error): string[] => {
  const start = stack.indexOf(`${message}\n    at `);
  if (start < 0 || !STACK_NAME.test(stack.slice(0, start))) return [];
  return stack
    .slice(start + message.length)
    .split('\n')
    .filter((line) => PLACE.test(line));
};
