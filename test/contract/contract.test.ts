import { readFileSync } from 'node:fs';
import { dynamoDbContract } from './dynamodb-contract.ts';
import { type ContractTable, createContractTable } from './dynamodb-table.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { knownDifferences } from './known-differences.ts';
import { queryContract } from './query-contract.ts';
import { snsContract } from './sns-contract.ts';
import { sqsContract } from './sqs-contract.ts';

let emulator: Emulator;
let table: ContractTable;

beforeAll(async () => {
  emulator = await startEmulator();
  table = await createContractTable(emulator.dynamodb);
});

afterAll(() => emulator.stop());

const ofTable = () => ({ client: emulator.dynamodb, table });
dynamoDbContract(ofTable);
queryContract(ofTable);
sqsContract(() => ({ client: emulator.sqs }));
snsContract(() => ({ sns: emulator.sns, queues: emulator.queuesOfSns }));

it.each(knownDifferences)('docs/architecture.md tells that $emulator $instead', (difference) => {
  const { behaviour, emulator, instead, harmless } = difference;
  const row = `| ${behaviour} | ${emulator} ${instead} | ${harmless} |`;
  expect(readFileSync('docs/architecture.md', 'utf8')).toContain(row);
});
