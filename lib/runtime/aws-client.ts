/** The longest that one call of an AWS service may take, in ms: what a result may wait for is the reserve (aws-client.test.ts). */
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
