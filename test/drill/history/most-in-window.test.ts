import { mostInWindow } from '../../../lib/drill/history/most-in-window.ts';

describe('the most instants in a window', () => {
  it('is found wherever the window lies', () => {
    expect(mostInWindow([0, 59_000, 60_500, 61_000, 62_000, 200_000], 60_000)).toBe(4);
  });

  it('does not count both ends of the window', () => {
    expect(mostInWindow([0, 60_000], 60_000)).toBe(1);
    expect(mostInWindow([0, 59_999], 60_000)).toBe(2);
  });

  it('does not depend on the order, and counts what happens at once', () => {
    expect(mostInWindow([7, 3, 7, 5], 1)).toBe(2);
    expect(mostInWindow([70_000, 3, 69_000], 60_000)).toBe(2);
  });

  it('is 0 when nothing happens', () => {
    expect(mostInWindow([], 60_000)).toBe(0);
  });
});
