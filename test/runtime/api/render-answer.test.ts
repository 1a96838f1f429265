import { problem } from '../../../lib/api/problem.ts';
import { renderAnswer } from '../../../lib/runtime/api/render-answer.ts';

const asked = (headers: Record<string, string> = {}, method = 'GET') => ({
  method,
  headers,
  requestId: 'r1',
});
const specs = {
  200: {
    description: '',
    body: undefined as never,
    csv: { list: 'rows', columns: ['key', 'count', 'asOf'] },
  },
};
const answer = {
  kind: 'answer',
  status: 200,
  body: { asOf: 'today', rows: [{ key: 'a', count: 1 }] },
} as const;

describe('an answer over HTTP', () => {
  it('is not sent again while nothing changes', () => {
    const first = renderAnswer(answer, specs, asked());
    const etag = String(first.headers?.etag);
    const again = (known: string) => renderAnswer(answer, specs, asked({ 'if-none-match': known }));
    expect(again(etag)).toMatchObject({ statusCode: 304, headers: { etag, 'x-request-id': 'r1' } });
    expect(again(etag).body).toBeUndefined();
    expect(again(`"other", W/${etag}`).statusCode).toBe(304);
    expect(again('"other"').statusCode).toBe(200);
    const changed = { ...answer, body: { rows: [] } };
    expect(renderAnswer(changed, specs, asked({ 'if-none-match': etag })).statusCode).toBe(200);
  });

  it('has no tag where it is none of a reading', () => {
    const posted = renderAnswer(answer, specs, asked({ 'if-none-match': '*' }, 'POST'));
    expect(posted.statusCode).toBe(200);
    expect(posted.headers?.etag).toBeUndefined();
  });

  it('is CSV for whoever asks, with another tag', () => {
    const csv = renderAnswer(answer, specs, asked({ accept: 'text/csv' }));
    expect(csv).toMatchObject({ body: 'key,count,asOf\r\na,1,today\r\n', headers: { vary: 'accept' } });
    expect(csv.headers?.etag).not.toBe(renderAnswer(answer, specs, asked()).headers?.etag);
  });

  it.each([
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
    ['application/json, text/csv', 'application/json'],
    ['text/csv;q=0, */*', 'application/json'],
    ['TEXT/CSV ; header=present; q=0.9, */*;q=0.8', 'text/csv'],
    ['text/*, application/*;q=0.1', 'text/csv'],
    ['application/x.text/csv', 'application/json'],
    ['text/csv;q=much', 'text/csv'],
    ['text/html', 'application/json'],
    ['*/*', 'application/json'],
  ])('to someone who accepts %s is %s', (accept, mediaType) => {
    const { headers } = renderAnswer(answer, specs, asked({ accept }));
    expect(String(headers?.['content-type']).split(';')[0]).toBe(mediaType);
  });

  it('is a problem with its own media type, and says when to come back', () => {
    const refused = renderAnswer(problem('unavailable', 'Later.', { retryAfterSeconds: 2 }), specs, asked());
    expect(refused).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '2', 'x-request-id': 'r1' },
    });
    expect(JSON.parse(refused.body ?? '')).toEqual({
      type: 'urn:relay:problem:unavailable',
      title: 'A part of Relay does not answer',
      status: 503,
      detail: 'Later.',
    });
  });
});
