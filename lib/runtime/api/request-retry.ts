/** How long a call of AWS is repeated while a person waits for the answer, in ms. */
export const REQUEST_RETRY_MS = 3_000;
