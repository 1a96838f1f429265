import type { LedgerEntry } from '../../../lib/pipeline/money/ledger.ts';
import { createLedgerBook } from '../../../lib/runtime/ledger/ledger-book.ts';
import type { LedgerWritten } from '../../../lib/runtime/ledger/ledger-table.ts';
import { entryOf } from '../../pipeline/money/entries.ts';

const entries = [entryOf({ callId: '01' }), entryOf({ callId: '02' })];

const book = (written: LedgerWritten, send: () => Promise<void> = async () => {}) => {
  const asked: number[] = [];
  const sent: (readonly LedgerEntry[])[] = [];
  const write = async (_entries: readonly LedgerEntry[], forMs: number) => {
    asked.push(forMs);
    return written;
  };
  const repair = {
    send: async (all: readonly LedgerEntry[]) => {
      sent.push(all);
      await send();
    },
  };
  return { asked, sent, ...createLedgerBook({ write }, repair) };
};

describe('what a batch has called', () => {
  it('is in the ledger, and asks nothing else', async () => {
    const { enter, sent } = book({ unwritten: [] });
    expect(await enter(entries, 150_000)).toEqual({ kind: 'written' });
    expect(sent).toEqual([]);
  });

  it('goes to the repair queue when the ledger does not take it', async () => {
    const error = new Error('throttled');
    const { enter, sent } = book({ unwritten: entries.slice(1), error });
    expect(await enter(entries, 150_000)).toEqual({ kind: 'to-repair', count: 1, error });
    expect(sent).toEqual([entries.slice(1)]);
  });

  it('is nowhere when that fails too', async () => {
    const error = new Error('no queue');
    const { enter } = book({ unwritten: entries }, () => Promise.reject(error));
    expect(await enter(entries, 150_000)).toEqual({ kind: 'lost', count: 2, error });
  });

  it('leaves time for the repair queue', async () => {
    const { enter, asked } = book({ unwritten: [] });
    await enter(entries, 150_000);
    await enter(entries, 3_000);
    expect(asked).toEqual([2_000, 500]);
  });
});

it('a batch without calls asks nobody', async () => {
  const { enter, asked } = book({ unwritten: entries });
  expect(await enter([], 150_000)).toEqual({ kind: 'written' });
  expect(asked).toEqual([]);
});
