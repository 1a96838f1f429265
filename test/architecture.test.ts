import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const filesUnder = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(dir, name));

/** What a file imports: packages by name, files of the project by their path from its root. */
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?<![.'\w])(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    ([, from = '']) => (from.startsWith('.') ? relative('.', join(dirname(file), from)) : from),
  );

const sources = ['bin', 'functions', 'lib', 'load']
  .flatMap(filesUnder)
  .filter((file) => !file.startsWith('load/test/'));
const roomOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('lib/') ? 2 : 1)
    .join('/');

describe('the rooms of the house', () => {
  // What each room may import of the others; its own files are always open to it.
  const doorsTo: Record<string, RegExp> = {
    'lib/pipeline': /^zod\/mini$/,
    'lib/api': /^(zod\/mini|lib\/pipeline\/.+)$/,
    'lib/runtime':
      /^(zod\/mini|node:.+|@aws-sdk\/.+|@aws-lambda-powertools\/.+|aws-lambda|lib\/api\/.+|lib\/pipeline\/.+)$/,
    'lib/client':
      /^(zod\/mini|node:.+|@aws-sdk\/client-sqs|lib\/api\/.+|lib\/pipeline\/.+|lib\/runtime\/(job-id|retry|trace)\.ts)$/,
    functions: /^(zod\/mini|lib\/pipeline\/.+|lib\/runtime\/.+)$/,
    load: /^lib\/pipeline\/.+$/,
    'lib/constructs': /^(zod\/mini|aws-cdk-lib.*|constructs|lib\/pipeline\/.+)$/,
    'lib/deploy':
      /^(zod|node:.+|@aws-sdk\/.+|lib\/(command-line|config|configure)\.ts|lib\/(api|client|pipeline|terminal|privacy\/map)\/.+|lib\/privacy\/documents\/controller-details\.ts)$/,
    'lib/privacy': /^(zod\/mini|node:.+|@aws-sdk\/.+|lib\/command-line\.ts|lib\/(api|pipeline|runtime)\/.+)$/,
    'lib/supply-chain': /^(zod|node:.+|lib\/(bundle-functions|command-line)\.ts)$/,
    'lib/terminal': /^node:.+$/,
    'lib/stacks':
      /^(aws-cdk-lib.*|constructs|cdk-nag|lib\/config\.ts|lib\/api\/.+|lib\/pipeline\/.+|lib\/constructs\/.+|functions\/[^/]+\/environment\.ts)$/,
  };

  it.each(Object.entries(doorsTo))('%s imports only what it may', (room, allowed) => {
    const strangers = sources
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
      .filter(({ imported }) => roomOf(imported) !== room && !allowed.test(imported));
    expect(strangers).toEqual([]);
  });

  it('no door imports another', () => {
    const doorOf = (path: string) => path.split('/')[1];
    const crossings = filesUnder('functions').flatMap((file) =>
      importsOf(file).filter(
        (imported) => imported.startsWith('functions/') && doorOf(imported) !== doorOf(file),
      ),
    );
    expect(crossings).toEqual([]);
  });

  it('only the doors of this machine know the local cloud', () => {
    const users = sources
      .filter(
        (file) =>
          roomOf(file) !== 'lib/local' && importsOf(file).some((from) => from.startsWith('lib/local')),
      )
      .filter(
        (file) =>
          !['bin/local.ts', 'bin/look.ts', 'lib/bench', 'lib/drill', 'lib/load', 'lib/plan'].some((place) =>
            file.startsWith(place),
          ),
      );
    expect(users).toEqual([]);
  });

  it('the core knows no clock, chance, network or environment: they are passed in', () => {
    const worldly = /\b(Date\.now|new Date|Math\.random|process\.|fetch\(|setTimeout|performance\.|crypto\.)/;
    const edge = /^lib\/plan\/local\//;
    const core = [...filesUnder('lib/pipeline'), ...filesUnder('lib/plan')].filter(
      (file) => !edge.test(file),
    );
    const found = core.filter((file) => worldly.test(readFileSync(file, 'utf8')));
    expect(found).toEqual([]);
  });

  it('doors read prices at the endpoints of their stage: some cost more where the data stays in a region', () => {
    const bare = filesUnder('lib/runtime').filter((file) =>
      /(?<!atEndpoints\()\bdefaultCatalogue\b(?! \} from)/.test(readFileSync(file, 'utf8')),
    );
    expect(bare).toEqual([]);
  });
});

describe('the size of things', () => {
  const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').length;

  it('a handler stays under 30 lines and a file under 300', () => {
    const large = sources.filter((file) => linesOf(file) > (file.endsWith('/handler.ts') ? 30 : 300));
    expect(large).toEqual([]);
  });

  it('a door under bin/ only wires', () => {
    expect(filesUnder('bin').filter((file) => linesOf(file) > 40)).toEqual([]);
  });
});
