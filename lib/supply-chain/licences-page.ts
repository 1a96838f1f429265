import type { ShippedPackage } from './shipped-packages.ts';

/** A bundle and what is in it. */
export type Shipment = { door: string; shipped: readonly ShippedPackage[] };

const BEGIN = '<!-- npm run sbom -->';
const END = '<!-- end -->';

/** The page with the table of what ships as it is now. */
export const withShipments = (page: string, shipments: readonly Shipment[]): string => {
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  return `${before}${BEGIN}\n\n${tableOf(shipments)}\n\n${END}${after}`;
};

const tableOf = (shipments: readonly Shipment[]): string => {
  const all = new Map(shipments.flatMap(({ shipped }) => shipped).map((each) => [each.directory, each]));
  const rows = [...all.values()]
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
    .map(({ directory, name, version, licence }) => {
      const doors = shipments.filter(({ shipped }) => shipped.some((each) => each.directory === directory));
      const where = doors.length === shipments.length ? 'all' : doors.map(({ door }) => door).join(', ');
      return `| ${name} | ${version} | ${licence} | ${where} |`;
    });
  return ['| Package | Version | Licence | In the bundles of |', '|---|---|---|---|', ...rows].join('\n');
};
