/** Digits of a W3C span id. */
const DIGITS = 16;

/** The id of one provider call, from an id that no other call has: 16 hex digits (62 random bits of a UUID). */
export const callIdOf = (uniqueId: string): string =>
  uniqueId
    .replaceAll(/[^0-9a-f]/g, '')
    .slice(-DIGITS)
    .padStart(DIGITS, '0');

/** The trace context of a job with a call's own span (https://www.w3.org/TR/trace-context/#traceparent-header). */
export const withSpan = (traceparent: string, spanId: string): string => {
  const [version = '00', traceId = '', , flags = '01'] = traceparent.split('-');
  return [version, traceId, spanId, flags].join('-');
};
