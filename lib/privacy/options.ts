import { type Asked, parseFlags } from '../command-line.ts';
import { type Language, languages } from './map/words.ts';

/** What `npm run privacy` was asked to do. */
export type PrivacyOptions =
  | { kind: 'make' }
  | { kind: 'placeholders' }
  | { kind: 'publish'; directory: string }
  | { kind: 'breach'; factsFile: string; language: Language };

const flags = {
  placeholders: { type: 'boolean', default: false },
  publish: { type: 'string' },
  breach: { type: 'string' },
  language: { type: 'string', default: 'en' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HELP = `The documents under docs/privacy, which are made of lib/privacy/map and held to what is deployed by npm run check.

  npm run privacy                      writes what is made of the map; changes nothing when nothing has changed
  npm run privacy -- --placeholders    lists what a controller must fill in: where, and whether docs/privacy/controller.json
                                       has it yet
  npm run privacy -- --publish DIR     writes each page that lacks nothing, with what controller.json says in place of its
                                       placeholders; exit code 1 while a page lacks something
  npm run privacy -- --breach FILE     prints what a notification of a breach must say (GDPR Art. 33(3)), by when, and what
                                       is not known yet; FILE has the facts as JSON, docs/privacy/breach-example.json is one
      --language ${languages.join('|')}                 of what is printed (default en)
`;

/** Reads the command line of `npm run privacy`. */
export const readCommandLine = (args: readonly string[]): Asked<PrivacyOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return { kind: 'misused', text: values };
  const { placeholders, publish, breach, help } = values;
  const language = languages.find((it) => it === values.language);
  if (help) return { kind: 'help', text: HELP };
  if ([placeholders, publish !== undefined, breach !== undefined].filter(Boolean).length > 1)
    return { kind: 'misused', text: 'choose one of --placeholders, --publish and --breach' };
  if (language === undefined)
    return { kind: 'misused', text: `--language takes one of ${languages.join(', ')}` };
  if (publish === '' || breach === '')
    return { kind: 'misused', text: 'say where: --publish DIR, --breach FILE' };
  if (placeholders) return run({ kind: 'placeholders' });
  if (publish !== undefined) return run({ kind: 'publish', directory: publish });
  if (breach !== undefined) return run({ kind: 'breach', factsFile: breach, language });
  return run({ kind: 'make' });
};

const run = (options: PrivacyOptions): Asked<PrivacyOptions> => ({ kind: 'run', options });
