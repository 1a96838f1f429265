/** Variables of a local run that takes any free ports: several may run at a time. */
export const ANY_PORT = {
  RELAY_API_PORT: '0',
  RELAY_ISSUER_PORT: '0',
  RELAY_AWS_PORT: '0',
  RELAY_DYNAMODB_PORT: '0',
  RELAY_MODEL_PORT: '0',
  RELAY_CONTROL_PORT: '0',
};
