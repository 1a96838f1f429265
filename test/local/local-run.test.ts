import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

it('stops when the interruption comes just before it waits for one', async () => {
  const child = fork(join(import.meta.dirname, 'interrupted-process.ts'), {
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
});
