import { Client, operation } from './client.ts';
import { jsonProtocol } from './json-protocol.ts';
import type { ClientSettings } from './place.ts';

const protocol = jsonProtocol({
  target: 'TrentService',
  version: '1.1',
  bytes: ['CiphertextBlob', 'Plaintext', 'Signature'],
});

export class KMSClient extends Client {
  constructor(settings: ClientSettings) {
    super('kms', protocol, settings);
  }
}

export const DecryptCommand = operation('Decrypt');
export const GenerateDataKeyCommand = operation('GenerateDataKey');
export const SignCommand = operation('Sign');
