import type { ModelReply } from '../../pipeline/model/model.ts';
import type { CallWatch } from '../../pipeline/ports.ts';
import { decodeUtf8 } from './decode-utf8.ts';
import { failedReply } from './failed-reply.ts';
import { parseJson } from './parse-json.ts';
import { cancel } from './read-stream.ts';

/** A reply of a model is some KB. As JSON, one of this size may take 123 MB, about half of what the function has. */
const MAX_WHOLE_BYTES = 2 * 1024 * 1024;

/** Reads a reply that came in one piece: from a provider or a proxy that takes no notice of `stream`. */
export const readWholeReply = async (
  readReply: (body: unknown) => ModelReply,
  response: Response,
  { signal, heard }: CallWatch,
): Promise<ModelReply> => {
  heard();
  try {
    const bytes = await readCapped(response);
    if (bytes === undefined) return failedReply('transient', 'reply-too-large');
    return readReply(parseJson(decodeUtf8(bytes)));
  } catch {
    return failedReply('transient', signal.aborted ? 'timeout' : 'cut');
  }
};

/** The status of an error has come, and tells enough: what explains it must not hold up the job. In ms. */
const ERROR_BODY_MS = 500;

/** The body of an error reply, or what has come of it in time; undefined when that cannot be read. */
export const readErrorBody = async (response: Response): Promise<unknown> => {
  try {
    const bytes = await readCapped(response, AbortSignal.timeout(ERROR_BODY_MS));
    return bytes && parseJson(decodeUtf8(bytes));
  } catch {
    return undefined;
  }
};

/** Counts bytes after decompression, so a small reply cannot unfold into a large one. Ends early at `until`. */
const readCapped = async ({ body }: Response, until?: AbortSignal): Promise<Uint8Array | undefined> => {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const hangUp = () => cancel(reader);
  until?.addEventListener('abort', hangUp);
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength;
      if (bytes > MAX_WHOLE_BYTES) {
        hangUp();
        return undefined;
      }
      chunks.push(chunk.value);
    }
    return Buffer.concat(chunks);
  } finally {
    until?.removeEventListener('abort', hangUp);
  }
};
