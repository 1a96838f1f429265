/** A text in the two languages of the documents. */
export type Words = { en: string; fr: string };

export const words = (en: string, fr: string): Words => ({ en, fr });

export const languages = ['en', 'fr'] as const;
export type Language = (typeof languages)[number];
