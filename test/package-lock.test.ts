import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { lockProblems, readPackageLock } from '../lib/supply-chain/package-lock.ts';

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

it('every archive is known by its hash, and may come from any registry that has it', async () => {
  expect(lockProblems(await readPackageLock('package-lock.json'))).toEqual([]);
});

it('a lock file that lets other bytes in is told', () => {
  const good = { version: '1.0.0', integrity: 'sha512-AAAA', dev: false, inBundle: false, dependencies: {} };
  const { integrity: _none, ...without } = good;
  expect(
    lockProblems({
      '': without,
      'node_modules/good': { ...good, resolved: 'https://registry.npmjs.org/good/-/good-1.0.0.tgz' },
      'node_modules/inside': { ...without, inBundle: true },
      'node_modules/without': without,
      'node_modules/weak': { ...good, integrity: 'sha1-AAAA' },
      'node_modules/elsewhere': { ...good, resolved: 'http://10.0.0.1/elsewhere-1.0.0.tgz' },
    }).map((problem) => problem.split(':')[0]),
  ).toEqual([
    'node_modules/without has no integrity',
    'node_modules/weak has no integrity',
    'node_modules/elsewhere comes from a place of its own',
  ]);
});

it('nothing that comes with a package is run when it is installed', () => {
  expect(readFileSync('.npmrc', 'utf8')).toMatch(/^ignore-scripts=true$/m);
});
