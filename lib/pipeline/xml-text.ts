/** What XML 1.0 has no way to say: SQS and SNS refuse it in an attribute. */
const UNSAYABLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** The text with U+FFFD for each character that SQS and SNS would refuse. */
export const xmlText = (text: string): string => text.replace(UNSAYABLE, '\uFFFD');
