import { Client, operation } from './client.ts';
import { jsonProtocol } from './json-protocol.ts';
import type { ClientSettings } from './place.ts';

const protocol = jsonProtocol({
  target: 'secretsmanager',
  version: '1.1',
  bytes: ['SecretBinary'],
});

export class SecretsManagerClient extends Client {
  constructor(settings: ClientSettings) {
    super('secretsmanager', protocol, settings);
  }
}

export const GetSecretValueCommand = operation('GetSecretValue');
