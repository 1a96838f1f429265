import { JsonClient, type JsonService, operation } from './json-client.ts';
import type { ClientSettings } from './place.ts';

const kms: JsonService = {
  name: 'kms',
  target: 'TrentService',
  version: '1.1',
  bytes: new Set(['CiphertextBlob', 'Plaintext', 'Signature']),
  errors: {},
};

export class KMSClient extends JsonClient {
  constructor(settings: ClientSettings) {
    super(kms, settings);
  }
}

export const DecryptCommand = operation('Decrypt');
export const GenerateDataKeyCommand = operation('GenerateDataKey');
export const SignCommand = operation('Sign');
