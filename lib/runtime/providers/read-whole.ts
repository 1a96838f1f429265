import type { ModelReply } from '../../pipeline/model/model.ts';
import type { CallWatch } from '../../pipeline/ports.ts';
import { failedReply } from './failed-reply.ts';
import { parseJson } from './parse-json.ts';

/** A reply of a model is some KB. What is bigger is not one, and must not fill the function's memory. */
const MAX_WHOLE_BYTES = 4 * 1024 * 1024;

/** Reads a reply that came in one piece: from a provider or a proxy that takes no notice of `stream`. */
export const readWholeReply = async (
  readReply: (body: unknown) => ModelReply,
  response: Response,
  { signal, heard }: CallWatch,
): Promise<ModelReply> => {
  heard();
  try {
    const text = await readCapped(response);
    return text === undefined ? failedReply('transient', 'reply-too-large') : readReply(parseJson(text));
  } catch {
    return failedReply('transient', signal.aborted ? 'timeout' : 'cut');
  }
};

/** The body of an error reply; undefined when it cannot be had, since the status alone tells enough. */
export const readErrorBody = async (response: Response): Promise<unknown> => {
  try {
    return parseJson(await readCapped(response));
  } catch {
    return undefined;
  }
};

/** Counts bytes after decompression, so a small reply cannot unfold into a large one. */
const readCapped = async (response: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_WHOLE_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
