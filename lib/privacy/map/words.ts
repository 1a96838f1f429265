/** A text in the two languages of the documents. */
export type Words = { en: string; fr: string };

export const words = (en: string, fr: string): Words => ({ en, fr });
