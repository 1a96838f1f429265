import type { Texts } from '../../../lib/local/sample/phrases.ts';
import { filler } from '../../../lib/local/sample/phrases.ts';
import { seededRandom } from '../../../lib/seeded-random.ts';

const cities: Texts = ['Leeds', 'Austin', 'Galway', 'Denver', 'Cardiff', 'Halifax'];
const fillWith = (seed: number) => filler(seededRandom(seed), 'en', { city: cities }, { fan: 'Lou' });
const seeds = Array.from({ length: 20 }, (_, index) => index);

describe('the slots of a conversation', () => {
  test('keep their value from turn to turn, and differ between conversations', () => {
    const found = seeds.map((seed) => {
      const fill = fillWith(seed);
      const city = fill('{city}');
      expect(fill('{city}, still {city}')).toBe(`${city}, still ${city}`);
      return city;
    });
    expect(new Set(found).size).toBeGreaterThan(1);
  });

  test('take what the conversation was given', () => {
    expect(fillWith(1)('Hi {fan}!')).toBe('Hi Lou!');
  });

  test('draw ranges within their bounds, and anew each time', () => {
    const fill = fillWith(1);
    const drawn = Array.from({ length: 100 }, () => Number(fill('{3-5}')));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5]));
  });

  test('that nobody knows are an error', () => {
    expect(() => fillWith(1)('{planet}')).toThrow('no phrases for the slot planet');
  });
});
