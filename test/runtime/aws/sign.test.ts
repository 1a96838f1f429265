import { presignedUrl } from '../../../lib/runtime/aws/sign.ts';

it('signs as the example of the S3 API reference does', () => {
  const signed = presignedUrl({
    method: 'GET',
    url: new URL('https://examplebucket.s3.amazonaws.com/test.txt'),
    region: 'us-east-1',
    credentials: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
    nowMs: Date.parse('2013-05-24T00:00:00Z'),
    expiresSeconds: 86_400,
  });
  expect(new URL(signed).searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});
