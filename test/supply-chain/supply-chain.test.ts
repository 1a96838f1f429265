import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { withShipments } from '../../lib/supply-chain/licences-page.ts';
import { readCommandLine } from '../../lib/supply-chain/options.ts';
import { type PackageLock, readPackageLock } from '../../lib/supply-chain/package-lock.ts';
import { sbomOf } from '../../lib/supply-chain/sbom.ts';
import { shippedIn, shippingProblems } from '../../lib/supply-chain/shipped-packages.ts';
import { shipmentsOf } from '../../lib/supply-chain/write-sboms.ts';

const locked = (changes: object = {}) => ({
  version: '1.0.0',
  integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
  license: 'MIT',
  dev: false,
  inBundle: false,
  dependencies: {},
  ...changes,
});

const bundleOf = (...sources: string[]) => ({ door: 'door', bytes: 1, sources });

describe('what of others is in a bundle', () => {
  const lock: PackageLock = {
    'node_modules/a': locked({ dependencies: { '@b/c': '^2.0.0', untouched: '1.0.0' } }),
    'node_modules/a/node_modules/@b/c': locked({ version: '2.0.0', license: 'Apache-2.0' }),
    'node_modules/gpl': locked({ license: 'GPL-3.0-only' }),
    'node_modules/unsaid': locked({ license: undefined }),
    'node_modules/tool': locked({ dev: true }),
  };

  it('is found by its files, each package once, wherever it is installed', () => {
    const bundle = bundleOf(
      'functions/door/handler.ts',
      'node_modules/a/lib/one.js',
      'node_modules/a/lib/two.js',
      'node_modules/a/node_modules/@b/c/index.mjs',
    );
    expect(shippedIn(bundle, lock)).toMatchObject([
      { name: 'a', version: '1.0.0', licence: 'MIT' },
      { name: '@b/c', version: '2.0.0', licence: 'Apache-2.0' },
    ]);
    expect(shippingProblems(shippedIn(bundle, lock), lock)).toEqual([]);
  });

  it.each([
    ['gpl', 'gpl 1.0.0 ships under GPL-3.0-only'],
    ['unsaid', 'unsaid 1.0.0 ships under no licence'],
    ['tool', 'tool ships and is a dev dependency'],
    ['stranger', 'stranger ships and is not in package-lock.json'],
  ])('may not be %s', (name, problem) => {
    const shipped = shippedIn(bundleOf(`node_modules/${name}/index.js`), lock);
    expect(shippingProblems(shipped, lock)).toEqual([expect.stringContaining(problem)]);
  });

  it('is listed with the bundles that it is in', () => {
    const shipped = shippedIn(bundleOf('node_modules/a/x.js'), lock);
    const page = withShipments('Before\n<!-- npm run sbom -->old<!-- end -->\nafter', [
      { door: 'one', shipped },
      { door: 'two', shipped: [] },
    ]);
    expect(page).toContain('| a | 1.0.0 | MIT | one |');
    expect(page).toMatch(/^Before\n.+\nafter$/s);
    expect(page).not.toContain('old');
  });
});

/** CycloneDX's own. */
const SCHEMAS = 'node_modules/@cyclonedx/cyclonedx-library/res/schema';

describe('the bills of materials of the bundles as they are', () => {
  it('are CycloneDX 1.6, with every package, its hash and its licence', async () => {
    const read = (name: string) =>
      JSON.parse(readFileSync(`${SCHEMAS}/${name}.SNAPSHOT.schema.json`, 'utf8'));
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const name of ['spdx', 'jsf-0.82'])
      ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
    const isBill = ajv.compile(read('bom-1.6'));
    const lock = await readPackageLock('package-lock.json');
    const shipments = await shipmentsOf(process.cwd());
    expect(shipments.map(({ door }) => door)).toContain('process-job');
    for (const { door, shipped } of shipments) {
      const bill = sbomOf({ door, project: 'relay', version: '1.0.0' }, shipped, lock);
      isBill(bill);
      expect(isBill.errors).toBeNull();
      expect(bill.components.map(({ name }: { name: string }) => name)).toContain('zod');
      expect(shippingProblems(shipped, lock)).toEqual([]);
    }
    isBill({
      ...sbomOf({ door: 'd', project: 'p', version: '1' }, [], lock),
      components: [{ name: 'typeless' }],
    });
    expect(isBill.errors).not.toBeNull();
  });
});

it('the command takes a directory, and refuses what it does not know', () => {
  expect(readCommandLine(['--out', 'sboms', '--audit'])).toEqual({
    kind: 'run',
    options: { outDir: 'sboms', audits: true, checks: false },
  });
  expect(readCommandLine(['--out', ''])).toMatchObject({ kind: 'misused' });
  expect(readCommandLine(['--wrong'])).toMatchObject({ kind: 'misused' });
});
