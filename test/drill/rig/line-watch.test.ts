import { watchForLine } from '../../../lib/drill/rig/line-watch.ts';

const aFunction = () => {
  const listeners: ((functionName: string, line: string) => void)[] = [];
  return {
    onLine: (listener: (functionName: string, line: string) => void) => void listeners.push(listener),
    print: (line: string) => {
      for (const listen of listeners) listen('relay-local-process-job-critical', line);
    },
  };
};

it('a line that was printed before anyone waits for it is not missed', async () => {
  const { onLine, print } = aFunction();
  const watch = watchForLine({ onLine }, /needs a person/);
  print('this one needs a person');
  expect(await watch.seenWithin(60_000)).toBe(true);
});

it('a line that comes while someone waits ends the wait', async () => {
  const { onLine, print } = aFunction();
  const seen = watchForLine({ onLine }, /needs a person/).seenWithin(60_000);
  print('this one needs a person');
  expect(await seen).toBe(true);
});

it('other lines do not count', async () => {
  const { onLine, print } = aFunction();
  const watch = watchForLine({ onLine }, /needs a person/);
  print('this one is well');
  expect(await watch.seenWithin(1)).toBe(false);
});
