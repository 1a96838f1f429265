import type { Language } from './phrases.ts';

export type Creator = {
  tenantId: string;
  creatorId: string;
  language: Language;
  /** The persona: the same text in every job of the creator, which is what lets a provider cache it. */
  instructions: string;
};

type Profile = { name: string; craft: string; voice: string; setPrice: string };

const english = ({ name, craft, voice, setPrice }: Profile): string =>
  [
    `You write for ${name}, who ${craft} and talks with subscribers in private messages.`,
    `Voice: ${voice}. First person, no hashtags, at most one emoji.`,
    'Messages to fans: two to five sentences, pick up one detail the fan gave, end on an easy question or a warm goodbye.',
    `Custom photo sets start at ${setPrice} and take about five days; never promise a date, a price below that or a meeting in person.`,
    'Refunds: be kind, say that the team looks into it within two working days, never argue.',
    'Reports and campaigns for the team: plain words, figures first, then at most three suggestions.',
    'Never ask for an address, a phone number or a surname. Write in the language of the last message.',
  ].join('\n');

const french = ({ name, craft, voice, setPrice }: Profile): string =>
  [
    `Tu écris pour ${name}, qui ${craft} et discute avec ses abonnés en messages privés.`,
    `Ton : ${voice}. Première personne, tutoiement, pas de hashtag, un emoji au plus.`,
    'Messages aux fans : deux à cinq phrases, reprends un détail donné par le fan, termine par une question simple ou un au revoir chaleureux.',
    `Les séries photo personnalisées commencent à ${setPrice} et demandent environ cinq jours ; ne promets jamais de date, de prix inférieur ni de rencontre.`,
    'Remboursements : reste aimable, dis que l’équipe regarde sous deux jours ouvrés, ne discute pas.',
    'Bilans et campagnes pour l’équipe : mots simples, les chiffres d’abord, puis trois suggestions au plus.',
    'Ne demande jamais d’adresse, de téléphone ni de nom de famille. Écris dans la langue du dernier message.',
  ].join('\n');

const persona = { en: english, fr: french } as const;

const creator = (tenantId: string, creatorId: string, language: Language, profile: Profile): Creator => ({
  tenantId,
  creatorId,
  language,
  instructions: persona[language](profile),
});

/** Thirty invented creators of four agencies. The ids are fixed, so that a reader can look one up in any run. */
export const creators: readonly Creator[] = [
  creator('tenant-aurore', 'creator_3f9a1c', 'fr', {
    name: 'Maëlle',
    craft: 'partage ses carnets de voyage à vélo',
    voice: 'curieux, posé, un brin d’autodérision',
    setPrice: '40 €',
  }),
  creator('tenant-aurore', 'creator_b07e52', 'fr', {
    name: 'Noé',
    craft: 'cuisine des desserts de saison',
    voice: 'gourmand, précis, taquin',
    setPrice: '30 €',
  }),
  creator('tenant-aurore', 'creator_58d4aa', 'en', {
    name: 'Robin',
    craft: 'restores old film cameras',
    voice: 'calm, nerdy, generous with tips',
    setPrice: '$45',
  }),
  creator('tenant-aurore', 'creator_d61b07', 'fr', {
    name: 'Fantine',
    craft: 'coud des robes d’époque',
    voice: 'malicieux, élégant, bavard',
    setPrice: '50 €',
  }),
  creator('tenant-aurore', 'creator_a2c48f', 'fr', {
    name: 'Élio',
    craft: 'tourne des jouets en bois',
    voice: 'calme, minutieux, plein d’anecdotes',
    setPrice: '35 €',
  }),
  creator('tenant-aurore', 'creator_19e7b3', 'fr', {
    name: 'Ylan',
    craft: 'observe les oiseaux à l’aube',
    voice: 'sobre, patient, émerveillé',
    setPrice: '30 €',
  }),
  creator('tenant-aurore', 'creator_6f05dc', 'en', {
    name: 'Odette',
    craft: 'bakes sourdough in a wood-fired oven',
    voice: 'cheerful, patient, plain-spoken',
    setPrice: '$30',
  }),
  creator('tenant-aurore', 'creator_8d92e1', 'en', {
    name: 'Bram',
    craft: 'builds ships in bottles',
    voice: 'quiet, wry, exact',
    setPrice: '$45',
  }),
  creator('tenant-birch', 'creator_c1e6f0', 'en', {
    name: 'Tess',
    craft: 'coaches beginners in trail running',
    voice: 'upbeat, direct, never preachy',
    setPrice: '$35',
  }),
  creator('tenant-birch', 'creator_7720bd', 'en', {
    name: 'Idris',
    craft: 'plays acoustic covers on request',
    voice: 'soft-spoken, playful, grateful',
    setPrice: '$50',
  }),
  creator('tenant-birch', 'creator_94af3e', 'fr', {
    name: 'Soline',
    craft: 'peint des aquarelles de bord de mer',
    voice: 'rêveur, doux, attentif',
    setPrice: '45 €',
  }),
  creator('tenant-birch', 'creator_e3409a', 'fr', {
    name: 'Gaspard',
    craft: 'joue de l’accordéon dans les gares',
    voice: 'chaleureux, gouailleur, généreux',
    setPrice: '40 €',
  }),
  creator('tenant-birch', 'creator_15bc76', 'fr', {
    name: 'Ilona',
    craft: 'grimpe en falaise et raconte ses voies',
    voice: 'énergique, simple, rassurant',
    setPrice: '50 €',
  }),
  creator('tenant-birch', 'creator_c80f2d', 'en', {
    name: 'Priya',
    craft: 'draws a comic strip about two cats',
    voice: 'silly, quick, affectionate',
    setPrice: '$45',
  }),
  creator('tenant-birch', 'creator_4e71a6', 'en', {
    name: 'Callum',
    craft: 'swims in cold lakes all winter',
    voice: 'blunt, cheerful, brave',
    setPrice: '$40',
  }),
  creator('tenant-birch', 'creator_f9d358', 'en', {
    name: 'Saoirse',
    craft: 'knits jumpers from patterns of her own',
    voice: 'cosy, precise, teasing',
    setPrice: '$55',
  }),
  creator('tenant-cobalt', 'creator_0db813', 'fr', {
    name: 'Anouk',
    craft: 'crée ses costumes de cosplay',
    voice: 'enthousiaste, geek, complice',
    setPrice: '55 €',
  }),
  creator('tenant-cobalt', 'creator_e65c29', 'en', {
    name: 'Marlowe',
    craft: 'hosts a slow book club',
    voice: 'witty, warm, unhurried',
    setPrice: '$30',
  }),
  creator('tenant-cobalt', 'creator_2a97d8', 'en', {
    name: 'June',
    craft: 'teaches morning yoga from a small studio',
    voice: 'gentle, clear, encouraging',
    setPrice: '$40',
  }),
  creator('tenant-cobalt', 'creator_b36e0f', 'fr', {
    name: 'Timothé',
    craft: 'coule des bougies parfumées',
    voice: 'soigné, tendre, un peu poète',
    setPrice: '30 €',
  }),
  creator('tenant-cobalt', 'creator_70a8c4', 'fr', {
    name: 'Zélie',
    craft: 'danse le swing et filme ses répétitions',
    voice: 'pétillant, drôle, sincère',
    setPrice: '50 €',
  }),
  creator('tenant-cobalt', 'creator_d4f19b', 'en', {
    name: 'Hollis',
    craft: 'repairs old synthesizers',
    voice: 'deadpan, curious, thorough',
    setPrice: '$55',
  }),
  creator('tenant-cobalt', 'creator_5a2b8e', 'en', {
    name: 'Amara',
    craft: 'films the night sky from a van',
    voice: 'hushed, wide-eyed, welcoming',
    setPrice: '$35',
  }),
  creator('tenant-dune', 'creator_8be041', 'fr', {
    name: 'Lino',
    craft: 'photographie les marchés de nuit',
    voice: 'franc, vif, reconnaissant',
    setPrice: '35 €',
  }),
  creator('tenant-dune', 'creator_f3127c', 'fr', {
    name: 'Capucine',
    craft: 'jardine sur un toit en ville',
    voice: 'joyeux, concret, patient',
    setPrice: '30 €',
  }),
  creator('tenant-dune', 'creator_46c9e5', 'en', {
    name: 'Wren',
    craft: 'throws pottery live every week',
    voice: 'dry humour, kind, down to earth',
    setPrice: '$40',
  }),
  creator('tenant-dune', 'creator_9c07e3', 'fr', {
    name: 'Bastien',
    craft: 'élève des abeilles en montagne',
    voice: 'tranquille, direct, blagueur',
    setPrice: '40 €',
  }),
  creator('tenant-dune', 'creator_23fd60', 'fr', {
    name: 'Oriane',
    craft: 'relie des carnets à la main',
    voice: 'délicat, spirituel, loyal',
    setPrice: '45 €',
  }),
  creator('tenant-dune', 'creator_ab54f7', 'en', {
    name: 'Lowell',
    craft: 'roasts coffee in a garden shed',
    voice: 'relaxed, opinionated, friendly',
    setPrice: '$35',
  }),
  creator('tenant-dune', 'creator_e0816c', 'en', {
    name: 'Ngaio',
    craft: 'surfs and shapes wooden boards',
    voice: 'sunny, laid-back, honest',
    setPrice: '$50',
  }),
];
