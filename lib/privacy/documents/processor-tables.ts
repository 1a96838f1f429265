import { type Policy, type Processor, reviewDueOn } from '../map/processors.ts';
import { categories } from '../map/vocabulary.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import type { Say } from './said.ts';

const heads = {
  processor: words('Processor', 'Sous-traitant'),
  service: words('For', 'Pour'),
  location: words('Where', 'Où'),
};

/** Who receives data, and where. */
export const recipientsTable = (processors: readonly Processor[], say: Say): string =>
  table(
    [
      heads.processor,
      heads.service,
      heads.location,
      words('Transfer tool; beside it', 'Outil de transfert ; en complément'),
    ].map(say),
    processors.map((it) => [
      it.legalName,
      say(it.service),
      say(it.location),
      `${say(it.transferTool)} ; ${say(it.fallbackTool)}`,
    ]),
  );

/** The register, a line for each processor. */
export const processorsTable = (processors: readonly Processor[], say: Say): string =>
  table(
    [
      heads.processor,
      heads.service,
      words('Hosts', 'Hôtes'),
      heads.location,
      words('Is given', 'Reçoit'),
    ].map(say),
    processors.map((it) => [
      it.legalName,
      say(it.service),
      it.hosts.map((host) => `\`${host}\``).join(', '),
      say(it.location),
      it.given.map((category) => say(categories[category].label)).join(' ; '),
    ]),
  );

/** What their terms say that matters here. */
export const termsTable = (processors: readonly Processor[], say: Say): string =>
  table(
    [
      heads.processor,
      words('Keeps', 'Conserve'),
      words('Trains', 'Entraîne'),
      words('Special categories', 'Catégories particulières'),
      words('Adult content', 'Contenu pour adultes'),
    ].map(say),
    processors.map((it) => [
      it.legalName,
      say(it.retention),
      say(it.training),
      say(it.sensitiveData),
      say(it.adultContent),
    ]),
  );

/** How soon each tells of a breach. */
export const breachClocks = (processors: readonly Processor[], say: Say): string =>
  table(
    [heads.processor, words('Tells us', 'Nous informe')].map(say),
    processors.map((it) => [it.legalName, say(it.breachNotice)]),
  );

/** Which version of which text was read, when, and until when that holds. */
export const policiesTable = (processors: readonly Processor[], say: Say): string =>
  table(
    [
      heads.processor,
      words('Text', 'Texte'),
      words('Version', 'Version'),
      words('Standing', 'État'),
      words('Read on', 'Lu le'),
      words('Due on', 'À relire le'),
    ].map(say),
    processors.flatMap((it) =>
      it.policies.map(({ title, version, standing }) => [
        it.legalName,
        title,
        version,
        say(standings[standing]),
        it.reviewedOn,
        reviewDueOn(it),
      ]),
    ),
  );

const standings: Readonly<Record<Policy['standing'], ReturnType<typeof words>>> = {
  read: words('read', 'lu'),
  unverified: words('unverified', 'non vérifié'),
};
