import { describeFields, withFields } from '../../lib/client/describe-fields.ts';
import { jobMessageSchema } from '../../lib/pipeline/job/job-message.ts';
import { aMessage } from '../builders.ts';

const [, , ...lines] = describeFields(jobMessageSchema()).split('\n');
const lineOf = (field: string): string => lines.find((line) => line.startsWith(`| \`${field}\` |`)) ?? '';

/** Every field that a message may have. */
const whole = aMessage({
  jobId: 'job-1',
  input: { instructions: 'Be kind.', messages: [{ role: 'user', content: 'Bonjour !' }] },
  options: { timeoutMs: 1_000, reasoningEffort: 'low', maxOutputTokens: 16, defaultAnswer: false },
  deadlineAt: '2026-12-01T18:00:00+01:00',
  idempotencyKey: 'key-1',
  allowedProcessors: ['openai'],
  contentRating: 'minor-risk',
  disclosed: true,
  consentRef: 'consent-17',
  metadata: { topic: 'greeting' },
});

it('names every field once, wherever it stands', () => {
  const { input, options, ...flat } = whole;
  const names = [
    ...Object.keys(flat),
    ...Object.keys(input).map((name) => `input.${name}`),
    ...['role', 'content'].map((name) => `input.messages[].${name}`),
    ...Object.keys(options ?? {}).map((name) => `options.${name}`),
  ];
  const named = lines.map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1]);
  expect(named.toSorted()).toEqual(names.toSorted());
});

it.each([
  ['tenantId', '| yes | text of 1 to 128 characters |'],
  ['jobId', '| | text of 1 to 128 characters that matches `^\\.*[A-Za-z0-9_:-][A-Za-z0-9_.:-]*$` |'],
  ['mode', '| default: `draft` | `draft`, `auto` |'],
  ['input.messages', '| yes | list of 1 to 500 |'],
  ['subjectRefs', '| yes | list of up to 100, each part: text of 1 to 128 characters |'],
  ['options.timeoutMs', '| | whole number, 1,000 to 60,000 |'],
  ['options.defaultAnswer', '| | text of 1 to 2,000 characters, or `false` |'],
  ['deadlineAt', '| | date and time with offset (RFC 3339) |'],
  ['metadata', '| | object of up to 20, each value: text of 0 to 512 characters, each key: text of 1 to 64 '],
])('says of %s what it must be', (field, said) => {
  expect(lineOf(field)).toContain(said);
});

it('describes every field, in words that cannot break the table', () => {
  for (const line of lines) expect(line).toMatch(/^(\| [^|]*){3}\| [^|]{5,} \|$/);
});

it('refuses a page that has no place for it', () => {
  expect(() => withFields('# A page', 'table')).toThrow('no place for the fields');
});
