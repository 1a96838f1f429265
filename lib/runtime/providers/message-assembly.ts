import * as z from 'zod/mini';

/** Puts a message of Anthropic's API together from the events of its stream. */
export type MessageAssembly = {
  /** What does not fit the events before it shows that parts of the message are missing. */
  add(name: string, data: unknown): 'added' | 'unfit' | 'unknown';
  /** The message so far, in the form that the API gives it without a stream. */
  message(): Fields;
};

type Fields = Record<string, unknown>;

/** Blocks come one after the other; those that hold no text are kept for their type only. */
type Block = { fields: Fields; isText: boolean; text: string };

type Draft = {
  start: { usage: Fields } | undefined;
  blocks: Block[];
  isBlockOpen: boolean;
  stopReason: unknown;
  /** What the whole message took: unknown until the model stops, since the output is not counted before. */
  usage: Fields | undefined;
};

export const createMessageAssembly = (): MessageAssembly => {
  const draft: Draft = {
    start: undefined,
    blocks: [],
    isBlockOpen: false,
    stopReason: undefined,
    usage: undefined,
  };
  return {
    add(name, data) {
      const step = steps.get(name);
      if (step === undefined) return 'unknown';
      return step(draft, data) ? 'added' : 'unfit';
    },
    message: () => ({
      ...draft.start,
      content: draft.blocks.map(({ fields, isText, text }) => (isText ? { ...fields, text } : fields)),
      stop_reason: draft.stopReason,
      usage: draft.usage,
    }),
  };
};

const messageStart = z.object({
  message: z.looseObject({ content: z.array(z.never()), usage: z.looseObject({}) }),
});

const start = (draft: Draft, data: unknown): boolean => {
  const { message } = messageStart.safeParse(data).data ?? {};
  if (message === undefined || draft.start !== undefined) return false;
  draft.start = message;
  return true;
};

const blockStart = z.object({
  index: z.int(),
  content_block: z.looseObject({ type: z.string(), text: z.optional(z.string()) }),
});

const openBlock = (draft: Draft, data: unknown): boolean => {
  const { index, content_block: fields } = blockStart.safeParse(data).data ?? {};
  const isNext = draft.start !== undefined && !draft.isBlockOpen && index === draft.blocks.length;
  if (fields === undefined || !isNext || draft.usage !== undefined) return false;
  draft.blocks.push({ fields, isText: fields.type === 'text', text: fields.text ?? '' });
  draft.isBlockOpen = true;
  return true;
};

const blockDelta = z.object({
  index: z.int(),
  delta: z.object({ type: z.string(), text: z.optional(z.string()) }),
});

/** Thoughts and their signatures are for nobody to read; a text must come as text and as nothing else. */
const extendBlock = (draft: Draft, data: unknown): boolean => {
  const { index, delta } = blockDelta.safeParse(data).data ?? {};
  const block = openBlockAt(draft, index);
  if (block === undefined || block.isText !== (delta?.type === 'text_delta')) return false;
  if (block.isText && delta?.text === undefined) return false;
  block.text += delta?.text ?? '';
  return true;
};

const openBlockAt = (draft: Draft, index: number | undefined): Block | undefined =>
  draft.isBlockOpen && index === draft.blocks.length - 1 ? draft.blocks[index] : undefined;

const blockStop = z.object({ index: z.int() });

const closeBlock = (draft: Draft, data: unknown): boolean => {
  if (openBlockAt(draft, blockStop.safeParse(data).data?.index) === undefined) return false;
  draft.isBlockOpen = false;
  return true;
};

const messageDelta = z.object({
  delta: z.object({ stop_reason: z.optional(z.unknown()) }),
  usage: z.looseObject({}),
});

/** Its counts are totals, in place of those that the message started with; null stands for one that is not given. */
const stop = (draft: Draft, data: unknown): boolean => {
  const { delta, usage } = messageDelta.safeParse(data).data ?? {};
  if (draft.start === undefined || draft.isBlockOpen || usage === undefined) return false;
  const given = Object.entries(usage).filter(([, count]) => count !== null);
  draft.usage = { ...draft.start.usage, ...Object.fromEntries(given) };
  draft.stopReason = delta?.stop_reason;
  return true;
};

const steps: ReadonlyMap<string, (draft: Draft, data: unknown) => boolean> = new Map([
  ['message_start', start],
  ['content_block_start', openBlock],
  ['content_block_delta', extendBlock],
  ['content_block_stop', closeBlock],
  ['message_delta', stop],
]);
