import { createCallers } from '../../../lib/local/cloud/aws-request.ts';
import { type S3, startS3 } from '../../../lib/local/cloud/s3/s3.ts';
import { createExportBucket, type ExportBucket } from '../../../lib/runtime/privacy/export-bucket.ts';

let s3: S3;
let bucket: ExportBucket;

beforeAll(async () => {
  s3 = await startS3({ callers: createCallers(), onRequest: () => undefined });
  s3.createBucket('exports');
  bucket = createExportBucket({
    bucket: 'exports',
    region: 'eu-west-3',
    endpoint: s3.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    now: Date.now,
  });
});

afterAll(() => s3.stop());

it('a list of more than a thousand objects comes in pages, none of them twice', async () => {
  const keys = Array.from({ length: 1_001 }, (_, index) => `folder/${String(index).padStart(4, '0')}`);
  for (const key of keys) await bucket.put(key, '');
  await bucket.put('other/0000', '');
  expect(await bucket.list('folder/')).toEqual(keys);
});

it('a link holds a week at most', async () => {
  await bucket.put('file', 'text');
  expect((await fetch(bucket.link('file', 604_800))).status).toBe(200);
  const refused = await fetch(bucket.link('file', 604_801));
  expect([refused.status, await refused.text()]).toEqual([
    400,
    expect.stringContaining('AuthorizationQueryParametersError'),
  ]);
});
