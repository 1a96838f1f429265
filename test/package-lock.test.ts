import { readFileSync } from 'node:fs';
import * as z from 'zod';

const dependencies = z.record(z.string(), z.string()).default({});
const lock = z
  .object({ packages: z.record(z.string(), z.looseObject({ optionalDependencies: dependencies })) })
  .parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const manifest = z
  .looseObject({ dependencies, devDependencies: dependencies, optionalDependencies: dependencies })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

it('the lock file has every platform, not only that of the machine that wrote it', () => {
  // npm leaves out what it could not look up, and `npm ci` then refuses the whole lock file on every machine.
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(missing).toEqual([]);
});

it('every dependency has one exact version', () => {
  const { dependencies: shipped, devDependencies, optionalDependencies } = manifest;
  const inexact = Object.entries({ ...shipped, ...devDependencies, ...optionalDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(inexact).toEqual([]);
});
