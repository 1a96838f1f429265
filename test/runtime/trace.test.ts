import type { SQSRecord } from 'aws-lambda';
import { traceOf } from '../../lib/runtime/trace.ts';
import { aRecord } from './sqs-record.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const ours = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

const trace = (attributes: Record<string, string>) => traceOf(aRecord({ attributes }));

describe('the trace of a job', () => {
  it.each(['00', '01', '03'])(
    'continues the producer’s, flags %s and all, with a span of our own',
    (flags) => {
      const { traceId, traceparent } = trace({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` });
      expect(traceId).toBe(TRACE_ID);
      const [, id, span, sampled] = ours.exec(traceparent) ?? [];
      expect([id, sampled]).toEqual([TRACE_ID, flags]);
      expect(span).not.toBe(SPAN_ID);
    },
  );

  it.each([
    ['is missing', {}],
    ['is empty', { traceparent: '' }],
    ['is no trace context', { traceparent: 'Jeanne Dupont' }],
    ['is in capitals', { traceparent: `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01` }],
    ['has a trace id of zeros', { traceparent: `00-${'0'.repeat(32)}-${SPAN_ID}-01` }],
    ['has a span id of zeros', { traceparent: `00-${TRACE_ID}-${'0'.repeat(16)}-01` }],
    ['is cut short', { traceparent: `00-${TRACE_ID}-${SPAN_ID}` }],
    ['goes on after its end', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01-more` }],
    ['ends in a line feed', { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01\n` }],
    ['is of the forbidden version', { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` }],
  ])('begins with us, sampled, when the producer’s %s', (_how, attributes) => {
    const { traceId, traceparent } = trace(attributes);
    const [, id, , flags] = ours.exec(traceparent) ?? [];
    expect([id, flags]).toEqual([traceId, '01']);
    expect(traceId).not.toBe(TRACE_ID);
  });

  it('is another one for every message that comes without, and the same whenever that is delivered', () => {
    const deliver = (messageId: string) => traceOf(aRecord({ messageId }));
    const ids = Array.from({ length: 20 }, (_, index) => deliver(`message-${index}`).traceId);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toEqual(ids.map((_, index) => deliver(`message-${index}`).traceId));
    expect(deliver('message-1').traceparent).not.toBe(deliver('message-1').traceparent);
  });

  it('begins with us when the attribute holds bytes and no text', () => {
    const record: SQSRecord = {
      ...aRecord(),
      messageAttributes: { traceparent: { binaryValue: 'AAAA', dataType: 'Binary' } },
    };
    expect(traceOf(record).traceparent).toMatch(ours);
  });
});

describe('the correlation id of a job', () => {
  it('is the producer’s own', () => {
    expect(trace({ correlationId: 'order 4711 / été' }).correlationId).toBe('order 4711 / été');
  });

  it('is cut to the 128 characters that an identifier may have', () => {
    expect(trace({ correlationId: 'x'.repeat(129) }).correlationId).toBe('x'.repeat(128));
  });

  it.each([{}, { correlationId: '' }])('is the trace id when the producer gives none: %j', (given) => {
    const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`;
    expect(trace({ traceparent, ...given }).correlationId).toBe(TRACE_ID);
  });
});
