/** The longest that one call of an AWS service may take, in ms. DynamoDB's slowest in ten thousand takes a tenth of it. */
export const AWS_TIMEOUT_MS = 2_000;

/**
 * Settings of every AWS client. The SDK repeats nothing: we do (retry.ts). A call that hangs is given up, which the
 * SDK's handler only does when told to; else it warns and waits on.
 */
export const awsClient = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: AWS_TIMEOUT_MS,
    throwOnRequestTimeout: true,
  },
};
