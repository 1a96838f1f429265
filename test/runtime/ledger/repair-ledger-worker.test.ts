import type { Context } from 'aws-lambda';
import type { LedgerEntry } from '../../../lib/pipeline/money/ledger.ts';
import { createLedgerRepair } from '../../../lib/runtime/ledger/repair-ledger-worker.ts';
import type { StageTelemetry } from '../../../lib/runtime/stage-telemetry.ts';
import { entryOf } from '../../pipeline/money/entries.ts';
import { aRecord } from '../sqs-record.ts';

const quiet: StageTelemetry = {
  measure: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  failed: () => undefined,
  flush: () => undefined,
};

const repairing = (refuses: (entry: LedgerEntry) => boolean = () => false) => {
  const written: LedgerEntry[] = [];
  const write = async (entries: readonly LedgerEntry[]) => {
    written.push(...entries.filter((entry) => !refuses(entry)));
    return { unwritten: entries.filter(refuses) };
  };
  const aside: string[] = [];
  const reject = async ({ body }: { body: string }) => {
    if (body === 'refused') throw new Error('SQS takes nothing');
    aside.push(body);
  };
  const repair = createLedgerRepair({ write }, { reject }, quiet);
  const run = async (bodies: readonly string[]) => {
    const Records = bodies.map((body, index) => aRecord({ messageId: `message-${index}`, body }));
    const { batchItemFailures } = await repair({ Records }, {} as Context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { written, aside, run };
};

const letterOf = (...entries: LedgerEntry[]) => JSON.stringify({ entries });

describe('a letter of the repair queue', () => {
  it('is done when all of its entries are in the ledger', async () => {
    const { written, run } = repairing();
    const entries = [entryOf({ callId: '01' }), entryOf({ callId: '02', unpriced: 'usage-unknown' })];
    expect(await run([letterOf(...entries)])).toEqual([]);
    expect(written).toEqual(entries);
  });

  it('comes back when one of them is not, and holds up no other', async () => {
    const { written, run } = repairing(({ callId }) => callId === '01');
    const [first, second] = [entryOf({ callId: '01' }), entryOf({ callId: '02' })];
    expect(await run([letterOf(first), letterOf(second)])).toEqual(['message-0']);
    expect(written).toEqual([second]);
  });

  it('that cannot be read is set aside at once, and comes back when it could not be', async () => {
    const { aside, run } = repairing();
    expect(await run(['no letter', '{"entries":[{}]}', 'refused'])).toEqual(['message-2']);
    expect(aside).toEqual(['no letter', '{"entries":[{}]}']);
  });
});
