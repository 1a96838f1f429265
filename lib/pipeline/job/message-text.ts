/** A message's body. SQS carries the characters of XML 1.0: of the others, JSON escapes all but these two by itself. */
export const messageText = (message: object): string =>
  JSON.stringify(message).replaceAll('\uFFFE', String.raw`\ufffe`).replaceAll('\uFFFF', String.raw`\uffff`);
