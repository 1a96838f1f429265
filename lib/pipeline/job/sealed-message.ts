import * as z from 'zod/mini';
import { jsonText } from '../json-text.ts';
import {
  charsIn,
  type JobMessage,
  jobFields,
  jobIdentifier,
  jobOptions,
  type Metadata,
  metadata,
  parseJobMessage,
  parseJson,
  type Rejection,
  readMessage,
} from './job-message.ts';

/**
 * A job whose content is sealed with the keys of its subjects, as Relay itself puts it into a lane: what is left in the
 * open says how to treat it, and whose it is.
 */
export const sealedMessage = z.strictObject({
  ...z.omit(jobFields, { input: true }).shape,
  jobId: jobIdentifier,
  /** In base64. */
  sealed: z.base64(),
  /** In base64, apart, for rows that have no message. Messages of before it was sealed have `metadata`. */
  sealedMetadata: z.optional(z.base64()),
  /** How long the input is, for whoever has to guess what a call costs before it is opened. */
  inputChars: z.int().check(z.minimum(1)),
});

export type SealedMessage = z.infer<typeof sealedMessage>;

/** A message with its content. Its metadata, which no model is given, may be sealed all the same. */
export type OpenedMessage = JobMessage & Pick<SealedMessage, 'sealedMetadata'>;

/** What a lane may hold. */
export type LaneMessage = OpenedMessage | SealedMessage;

export type ParsedLaneMessage =
  | { kind: 'job'; message: LaneMessage }
  | { kind: 'rejected'; rejection: Rejection };

/** Reads the body of a lane's message: as a producer may write it, or as Relay has sealed it. Never throws. */
export const parseLaneMessage = (body: string): ParsedLaneMessage => {
  const json = parseJson(body);
  const isSealed = typeof json === 'object' && json !== null && 'sealed' in json;
  return isSealed ? readMessage(sealedMessage, json) : parseJobMessage(body);
};

/** What somebody has written, or is to be shown. */
const content = z.pipe(
  jsonText,
  z.strictObject({
    input: jobFields.shape.input,
    defaultAnswer: jobOptions.shape.defaultAnswer,
  }),
);

/** A message in two parts, but for its metadata; `sealed` of the first is still to be filled with the second. */
export const splitMessage = ({ input, options, metadata: _, ...rest }: OpenedMessage & { jobId: string }) => {
  const { defaultAnswer, ...plainOptions } = options ?? {};
  return {
    open: { ...rest, ...(options && { options: plainOptions }), inputChars: charsIn(input) },
    content: JSON.stringify({ input, defaultAnswer }),
  };
};

/** Throws when the text is none. */
export const readMetadata = (text: string): Metadata => z.pipe(jsonText, metadata).parse(text);

/** Throws when the text is no content. */
export const joinMessage = (
  { sealed: _, inputChars: _chars, ...open }: SealedMessage,
  text: string,
): OpenedMessage => {
  const { input, defaultAnswer } = content.parse(text);
  const options = defaultAnswer === undefined ? open.options : { ...open.options, defaultAnswer };
  return { ...open, ...(options && { options }), input };
};
