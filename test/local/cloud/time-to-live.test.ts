import { createDynamoEngine, type DynamoEngine } from '../../../lib/local/cloud/dynamodb/dynamodb-engine.ts';
import { sweep } from '../../../lib/local/cloud/dynamodb/time-to-live.ts';

const TableName = 'jobs';

it('closes when what is under way has ended, and takes nothing more', async () => {
  const engine = await createDynamoEngine(undefined);
  await createTable(engine);
  const scans = Array.from({ length: 5 }, () => engine.execute('Scan', { TableName }));
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve(); // they have found the table, and read no item
  await engine.close();
  for (const { Items } of await Promise.all(scans)) expect(Items).toEqual([]);
  await expect(engine.execute('Scan', { TableName })).rejects.toThrow('the connection is reset');
});

it('sweeps the items whose time has come, and no others', async () => {
  const engine = await createDynamoEngine(undefined);
  await createTable(engine);
  const put = (id: string, attributes: object) =>
    engine.execute('PutItem', { TableName, Item: { id: { S: id }, ...attributes } });
  await put('expired', { expiresAt: { N: '1000' } });
  await put('lives on', { expiresAt: { N: '1001' } });
  await put('lives forever', {});
  await sweep(engine.execute, TableName, 'expiresAt', 1_000_999);
  const { Items } = await engine.execute('Scan', { TableName });
  await engine.close();
  expect(Items).toHaveLength(2);
  expect(Items).not.toContainEqual(expect.objectContaining({ id: { S: 'expired' } }));
});

const createTable = async (engine: DynamoEngine): Promise<void> => {
  await engine.execute('CreateTable', {
    TableName,
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await tableIsActive(() => engine.execute('DescribeTable', { TableName }));
};

const tableIsActive = async (describeTable: () => Promise<object>): Promise<void> => {
  while (!JSON.stringify(await describeTable()).includes('"ACTIVE"')) {
    await new Promise((resolve) => setImmediate(resolve));
  }
};
