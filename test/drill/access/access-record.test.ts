import { deedOf, recordOf } from '../../../lib/drill/access/access-record.ts';
import type { Access } from '../../../lib/local/cloud/iam/access.ts';

const put = (key: string): Access => ({
  principal: { kind: 'role', roleArn: 'arn:aws:iam::000000000000:role/door', sessionName: 'door' },
  action: 's3:PutObject',
  resource: `arn:aws:s3:::exports/${key}`,
  context: {},
});

it('two runs that name objects by chance make the same record', () => {
  const record = recordOf([put('7b65/part-1'), put('7b65/part-2')]);
  expect(record).toEqual([put('object')]);
  expect(recordOf([put('d3ad/manifest')])).toEqual(record);
  expect(deedOf(put('d3ad/manifest'))).toBe('door s3:PutObject s3 exports/object');
});
