import type { Measure } from '../map/measures.ts';
import type { Processor } from '../map/processors.ts';
import type { Transfer } from '../map/transfers.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import type { Say } from './said.ts';

const leaving: Readonly<Record<Transfer['leaves'], ReturnType<typeof words>>> = {
  yes: words('yes', 'oui'),
  no: words('no', 'non'),
  partly: words('in part', 'en partie'),
};

/** The assessment of each recipient, as seen from a page of one language. */
export const transfersTable = (
  transfers: readonly Transfer[],
  processors: readonly Processor[],
  say: Say,
): string =>
  table(
    [
      words('Recipient', 'Destinataire'),
      words('Leaves the EEA', 'Sort de l’EEE'),
      words('Tool; beside it', 'Outil ; en complément'),
      words('Can be read by', 'Lisible par'),
      words('Lowers the risk', 'Réduit le risque'),
      words('Is left', 'Subsiste'),
      words('Conclusion', 'Conclusion'),
      words('On', 'Le'),
    ].map(say),
    transfers.flatMap((it) =>
      processors
        .filter(({ name }) => name === it.processor)
        .map(({ legalName, transferTool, fallbackTool }) => [
          legalName,
          say(leaving[it.leaves]),
          `${say(transferTool)} ; ${say(fallbackTool)}`,
          say(it.readableBy),
          it.measures.map((measure) => linkTo(measure, say)).join(', '),
          say(it.left),
          say(it.conclusion),
          it.assessedOn,
        ]),
    ),
  );

const linkTo = ({ about, test }: Measure, say: Say): string => `[${say(about)}](../../../${test})`;
