import { JsonClient, type JsonService, operation } from './json-client.ts';
import type { ClientSettings } from './place.ts';

const secretsManager: JsonService = {
  name: 'secretsmanager',
  target: 'secretsmanager',
  version: '1.1',
  bytes: new Set(['SecretBinary']),
  errors: {},
};

export class SecretsManagerClient extends JsonClient {
  constructor(settings: ClientSettings) {
    super(secretsManager, settings);
  }
}

export const GetSecretValueCommand = operation('GetSecretValue');
