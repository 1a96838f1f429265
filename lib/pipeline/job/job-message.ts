import * as z from 'zod/mini';
import { modelNames, providerNames, reasoningEfforts } from '../model/model.ts';
import { HOUR_MS } from '../utc.ts';
import { faultsOf } from './field-fault.ts';
import { laneNames } from './lane.ts';

/** Largest message that a lane takes, in UTF-8 bytes: SQS would carry 1 MiB, a prompt of a chat needs far less. */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** What a request may ask for as the timeout of its model, in ms. */
const MIN_TIMEOUT_MS = 1_000;
export const MAX_TIMEOUT_MS = 60_000;

/** Half of a surrogate pair is no character: stores replace it, and then two different texts become the same. */
const text = (least: number, most: number) =>
  z.string().check(
    z.minLength(least),
    z.maxLength(most),
    z.refine((given) => given.isWellFormed(), 'holds half of a character (a lone surrogate)'),
  );

export const identifier = text(1, 128);

/** The longest that a job may take from sending to result, in ms: the lattice proves that a lane holds it that long. */
export const MAX_PATIENCE_MS = 6 * HOUR_MS;

/** How many entries `metadata` may have. */
const MAX_METADATA = 20;

const turn = z.strictObject({
  role: z
    .enum(['user', 'assistant'])
    .check(z.describe('user: the person who writes; assistant: who answers them.')),
  content: text(1, 100_000).check(z.describe('What was said.')),
});

/** What names a job of a tenant. `.` and `..` are no names in a URL. */
export const jobIdentifier = identifier.check(z.regex(/^\.*[A-Za-z0-9_:-][A-Za-z0-9_.:-]*$/));

export const jobOptions = z.strictObject({
  timeoutMs: z.optional(
    z
      .int()
      .check(
        z.minimum(MIN_TIMEOUT_MS),
        z.maximum(MAX_TIMEOUT_MS),
        z.describe(
          'How long a call of the model may take, in ms, in place of the time that Relay gives it, shorter or longer. Of a model that answers in its place: the shorter of its own time and this.',
        ),
      ),
  ),
  reasoningEffort: z.optional(
    z
      .enum(reasoningEfforts)
      .check(z.describe("How much the model is to reason before it answers. Default: the provider's.")),
  ),
  maxOutputTokens: z.optional(
    z
      .int()
      .check(
        z.minimum(16),
        z.maximum(128_000),
        z.describe('The most tokens that an answer may have, those of its reasoning included.'),
      ),
  ),
  defaultAnswer: z.optional(
    z
      .union([text(1, 2_000), z.literal(false)])
      .check(
        z.describe(
          "The text to give when no model answers; false: fail instead. Default: the stage's default answer.",
        ),
      ),
  ),
});

/** JSON may have it as a key; objects that are written key by key lose it, and zod leaves it out in silence. */
const UNKEEPABLE = '__proto__';

const keepable = z.transform((given: Readonly<Record<string, string>>, context) => {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, UNKEEPABLE))
    context.issues.push({ code: 'custom', input: given, message: `may not have an entry ${UNKEEPABLE}` });
  return given;
});

const entries = z.record(text(1, 64), text(0, 512)).check(
  z.refine((given) => Object.keys(given).length <= MAX_METADATA, `has more than ${MAX_METADATA} entries`),
  z.meta({
    maxProperties: MAX_METADATA,
    description: `Kept on the row, sealed, and shown with the job. No key may be \`${UNKEEPABLE}\`.`,
  }),
);

/** What a producer notes on a job, and is shown with it. */
export const metadata = z.pipe(keepable, entries);

export type Metadata = z.infer<typeof metadata>;

export const jobFields = z.strictObject({
  jobId: z.optional(
    jobIdentifier.check(
      z.describe(
        'Names the job; the same tenant and jobId is the same job. Default: from idempotencyKey, or the SQS message id.',
      ),
    ),
  ),
  tenantId: identifier.check(z.describe('Whose job it is, and whose budget pays for it.')),
  creatorId: identifier.check(
    z.describe('For whom the model writes: a pseudonym. What may start in a minute is counted by it.'),
  ),
  subjectRefs: z
    .array(identifier)
    .check(
      z.maxLength(100),
      z.describe('Pseudonymous references of the persons whose data the input holds.'),
    ),
  priority: z
    .enum(laneNames)
    .check(
      z.describe('The lane that the job is meant for. The queue that it is sent to is the one that counts.'),
    ),
  model: z
    .enum(modelNames)
    .check(z.describe('The model that is to answer; others answer in its place when it cannot.')),
  input: z.strictObject({
    instructions: z.optional(
      text(1, 100_000).check(
        z.describe('What the model is told of its task and tone, apart from the turns.'),
      ),
    ),
    messages: z
      .array(turn)
      .check(
        z.minLength(1),
        z.maxLength(500),
        z.describe('The turns of the conversation, the oldest first.'),
      ),
  }),
  options: z.optional(jobOptions),
  deadlineAt: z.optional(
    z.iso
      .datetime({ offset: true })
      .check(
        z.describe(
          'After this instant the job is not worth doing. At most 6 h from its sending; later ones count as that.',
        ),
      ),
  ),
  idempotencyKey: z.optional(
    identifier.check(
      z.describe(
        'Names the job where jobId does not: its jobId is then base64url(SHA-256(tenantId + "\\n" + idempotencyKey)).',
      ),
    ),
  ),
  allowedProcessors: z.optional(
    z
      .array(z.enum(providerNames))
      .check(
        z.minLength(1),
        z.describe('The only providers that may be given the input. Default: all of the stage.'),
      ),
  ),
  contentRating: z.optional(
    z
      .enum(['minor-risk'])
      .check(
        z.describe(
          'minor-risk: the content may concern a minor. The job ends at once: no model is asked, nothing is kept, and a person is told.',
        ),
      ),
  ),
  mode: z
    ._default(z.enum(['draft', 'auto']), 'draft')
    .check(z.describe('draft: a human sends the answer; auto: a machine does.')),
  disclosed: z.optional(
    z
      .literal(true)
      .check(
        z.describe(
          'The person has been told that a machine writes (AI Act, Art. 50). A stage may demand it of mode auto: then a job without it fails, and no model is asked.',
        ),
      ),
  ),
  consentRef: z.optional(
    identifier.check(
      z.describe(
        "Names the person's explicit consent (GDPR Art. 9(2)(a)) in your records. A stage may demand it: then a job without it fails, and no model is asked.",
      ),
    ),
  ),
  metadata: z.optional(metadata),
});

/**
 * One job as a producer sends it: the body of an SQS message and of `POST /v1/jobs`.
 * Unknown fields are refused, so that a misspelt option is an error and not a surprise.
 */
export const jobMessage = jobFields.check(
  z.describe(`A job. As JSON in UTF-8 it has ${MAX_MESSAGE_BYTES} bytes at most.`),
);

/** How long what a model is given is, in UTF-16 units. */
export const charsIn = ({ instructions, messages }: JobMessage['input']): number =>
  messages.reduce((sum, { content }) => sum + content.length, instructions?.length ?? 0);

/** The message as JSON Schema (draft 2020-12), as a producer may send it: defaults left out, unknown fields refused. */
export const jobMessageSchema = () => z.toJSONSchema(jobMessage, { io: 'input' });

export type JobMessage = z.infer<typeof jobMessage>;

/** A message as a producer may write it: what has a default may be left out. */
export type JobMessageInput = z.input<typeof jobMessage>;

/** Why a message is no job, in a word that its dead letter carries. */
export const rejectionReasons = ['too-large', 'not-json', 'invalid'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** `detail` names fields of the schema only, never what the producer wrote. */
export type Rejection = { reason: RejectionReason; detail: string };

type Rejected = { kind: 'rejected'; rejection: Rejection };

export type ParsedMessage = { kind: 'job'; message: JobMessage } | Rejected;

/** Reads a message body. Never throws; whatever is wrong with the body comes back as a rejection. */
export const parseJobMessage = (body: string): ParsedMessage => {
  const bytes = new TextEncoder().encode(body).byteLength;
  if (bytes > MAX_MESSAGE_BYTES) {
    return rejected('too-large', `the message has ${bytes} bytes, a lane takes ${MAX_MESSAGE_BYTES}`);
  }
  const json = parseJson(body);
  if (json === undefined) return rejected('not-json', 'the message is not a JSON document');
  return readMessage(jobMessage, json);
};

/** Reads a document as a message of that kind. */
export const readMessage = <Message>(
  schema: z.ZodMiniType<Message>,
  json: unknown,
): { kind: 'job'; message: Message } | Rejected => {
  const parsed = schema.safeParse(json);
  if (parsed.success) return { kind: 'job', message: parsed.data };
  return rejected(
    'invalid',
    faultsOf(parsed.error.issues, 'the message')
      .map(({ field, fault }) => `${field} ${fault}`)
      .join('; '),
  );
};

const rejected = (reason: RejectionReason, detail: string): Rejected => ({
  kind: 'rejected',
  rejection: { reason, detail },
});

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
