/** The longest that one call of an AWS service may take, in ms. DynamoDB's slowest in ten thousand takes a tenth of it. */
export const AWS_TIMEOUT_MS = 2_000;

/** Settings of every AWS client. The SDK repeats nothing: we do (retry.ts). */
export const awsClient = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 1_000,
  },
};

/** Options of every call: the SDK's own timeouts end with the reply's headers, and a body may stall as well. */
export const bounded = () => ({ abortSignal: AbortSignal.timeout(AWS_TIMEOUT_MS) });
