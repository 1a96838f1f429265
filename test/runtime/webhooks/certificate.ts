import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate of a host that it has signed itself, and the key of both. */
export type OwnCertificate = { cert: string; key: string };

const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
};

const sequence = (...parts: readonly Buffer[]) => tlv(0x30, ...parts);
const time = (text: string) => tlv(0x18, Buffer.from(text));

/** Object identifiers in DER: ecdsa-with-SHA256, commonName, subjectAltName. */
const oid = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
};

/** X.509 version 3 (RFC 5280, section 4.1), good for as long as there are four digits to a year. */
export const ownCertificate = (host: string): OwnCertificate => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid.ecdsaWithSha256);
  const name = sequence(tlv(0x31, sequence(oid.commonName, tlv(0x0c, Buffer.from(host)))));
  const alternatives = sequence(tlv(0x82, Buffer.from(host)));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time('20200101000000Z'), time('99991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(oid.subjectAltName, tlv(0x04, alternatives)))),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
