import type { Measure } from '../map/measures.ts';
import type { Processor } from '../map/processors.ts';
import { fieldsOf, type Store } from '../map/store.ts';
import { categories, type Purpose, purposes, subjects } from '../map/vocabulary.ts';
import type { Words } from '../map/words.ts';
import { retentionText, saying } from './said.ts';

const ORGANISATION = { '@id': 'urn:relay:organisation' };

/** The record of processing (Art. 30) as JSON-LD, in the terms of the Data Privacy Vocabulary. */
export const recordDocument = (
  map: readonly Store[],
  processors: readonly Processor[],
  measures: readonly Measure[],
) => ({
  '@context': {
    dpv: 'https://w3id.org/dpv#',
    'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
    dct: 'http://purl.org/dc/terms/',
  },
  '@id': 'urn:relay:record-of-processing',
  '@type': 'dpv:RegisterOfProcessingActivities',
  'dct:hasPart': Object.entries(purposes).map(([name, purpose]) => ({
    ...processOf(map, name, purpose),
    'dpv:hasRecipient': processors
      .filter(({ name: of }) => of === 'aws' || name === 'answer')
      .map(({ legalName }) => ({ '@type': 'dpv:DataProcessor', 'dct:title': legalName })),
    'dpv:hasTechnicalOrganisationalMeasure': measures.map(({ about, test }) => ({
      '@type': 'dpv:TechnicalOrganisationalMeasure',
      'dct:title': inBoth(about),
      'dct:references': test,
    })),
  })),
});

const inBoth = ({ en, fr }: Words) => [
  { '@value': en, '@language': 'en' },
  { '@value': fr, '@language': 'fr' },
];

const processOf = (map: readonly Store[], name: string, { label, role, articles }: Purpose) => {
  const collections = map.flatMap((store) => store.collections).filter(({ purpose }) => purpose === name);
  const held = new Set(collections.flatMap(fieldsOf).map(({ category }) => category));
  const whose = new Set(collections.flatMap((collection) => collection.subjects));
  const lengths = collections.map(({ retention }) => ({
    en: retentionText(saying('en'), retention),
    fr: retentionText(saying('fr'), retention),
  }));
  return {
    '@id': `urn:relay:process:${name}`,
    '@type': 'dpv:Process',
    'dpv:hasPurpose': { '@type': 'dpv:Purpose', 'dct:title': inBoth(label) },
    'dpv:hasLegalBasis': articles.map((article) => ({ '@id': `eu-gdpr:${article}` })),
    [role === 'controller' ? 'dpv:hasDataController' : 'dpv:hasDataProcessor']: ORGANISATION,
    'dpv:hasDataSubject': [...whose].map((subject) => ({
      '@type': 'dpv:DataSubject',
      'dct:title': inBoth(subjects[subject]),
    })),
    'dpv:hasPersonalData': [...held]
      .filter((category) => categories[category].personal !== 'no')
      .map((category) => ({
        '@type':
          categories[category].personal === 'special'
            ? 'dpv:SpecialCategoryPersonalData'
            : 'dpv:PersonalData',
        'dct:identifier': categories[category].dataCategory,
        'dct:title': inBoth(categories[category].label),
      })),
    'dpv:hasStorageCondition': [...new Map(lengths.map((it) => [it.en, it])).values()].map((it) => ({
      '@type': 'dpv:StorageDuration',
      'dct:description': inBoth(it),
    })),
  };
};
