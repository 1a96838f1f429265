import { type Processor, REVIEW_DAYS, reviewDueOn } from '../map/processors.ts';
import { type Collection, DAY, fieldsOf, type Retention, type Store } from '../map/store.ts';
import { categories, purposes } from '../map/vocabulary.ts';

/** The map and the register as data for machines; names of fields are fideslang's, what it has none for is in `meta`. */
export const dataMapDocument = (map: readonly Store[], processors: readonly Processor[]) => ({
  dataset: map.map(datasetOf),
  system: [relayOf(map), ...processors.map(systemOf)],
});

const REGION = 'region of the deployment; to be one of the EU';

const datasetOf = (store: Store) => ({
  fides_key: keyOf(store),
  name: store.name,
  meta: {
    kind: store.kind,
    encryption_at_rest: store.encryption,
    encryption_in_transit: 'TLS',
    region: REGION,
    older_versions_days: store.recoveryDays ?? 0,
    ...(store.stages && { stages: store.stages }),
  },
  collections: store.collections.map(collectionOf),
});

/** fideslang's keys have letters, digits, `_`, `.` and `-`. */
const keyOf = ({ kind, name }: Store): string =>
  `${kind}.${name
    .replaceAll(/^\/|<stage>/g, '')
    .replaceAll(/[^\w]+/g, '_')
    .replaceAll(/^_|_$/g, '')}`;

const collectionOf = (collection: Collection) => {
  const { dataUse, role, legalBasis } = purposes[collection.purpose];
  const fields = fieldsOf(collection);
  return {
    name: collection.name,
    description: collection.about.en,
    data_categories: [...new Set(fields.map(({ category }) => categories[category].dataCategory))],
    data_uses: [dataUse],
    data_subjects: collection.subjects,
    fields: fields.map(({ path, category }) => ({
      name: path,
      data_categories: [categories[category].dataCategory],
    })),
    meta: {
      responsibility: role,
      legal_basis: legalBasis.en,
      retention_period: retentionOf(collection.retention),
      processes_special_category_data: fields.some(
        ({ category }) => categories[category].personal === 'special',
      ),
      erasure: collection.erasure,
      export: collection.export,
    },
  };
};

const retentionOf = (retention: Retention) => {
  switch (retention.kind) {
    case 'for':
      return {
        seconds: retention.seconds,
        days: retention.seconds / DAY,
        from: retention.from,
        ...(retention.or && { or: retention.or.map(({ seconds, when }) => ({ seconds, when: when.en })) }),
        ...(retention.inDev !== undefined && { in_stage_dev_seconds: retention.inDev }),
      };
    case 'until':
      return { until: retention.event.en };
    case 'nothing':
      return { seconds: 0 };
  }
};

const relayOf = (map: readonly Store[]) => ({
  fides_key: 'relay',
  system_type: 'Service',
  privacy_declarations: Object.entries(purposes).map(([name, { dataUse, label, role, legalBasis }]) => {
    const uses = map.flatMap((store) =>
      store.collections
        .filter(({ purpose }) => purpose === name)
        .map((collection) => ({ store, collection })),
    );
    const fields = uses.flatMap(({ collection }) => fieldsOf(collection));
    return {
      name: label.en,
      data_use: dataUse,
      data_categories: [...new Set(fields.map(({ category }) => categories[category].dataCategory))],
      data_subjects: [...new Set(uses.flatMap(({ collection }) => collection.subjects))],
      dataset_references: [...new Set(uses.map(({ store }) => keyOf(store)))],
      legal_basis_for_processing: legalBasis.en,
      responsibility: role,
    };
  }),
});

const systemOf = (processor: Processor) => ({
  fides_key: processor.name,
  system_type: 'Processor',
  name: processor.legalName,
  description: processor.service.en,
  meta: {
    hosts: processor.hosts,
    location: processor.location.en,
    given: [...new Set(processor.given.map((category) => categories[category].dataCategory))],
    retention_period: processor.retention.en,
    training: processor.training.en,
    legal_basis_for_transfers: [processor.transferTool.en, processor.fallbackTool.en],
    policies: processor.policies,
    reviewed_on: processor.reviewedOn,
    review_due_on: reviewDueOn(processor),
    review_days: REVIEW_DAYS,
  },
});
