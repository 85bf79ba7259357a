import { describe, expect, it } from 'vitest';
import { TextWatch } from '../../src/cli/text-watch.ts';

function feedAll(text: string, chunks: string[]): number[] {
  const watch = new TextWatch(text);
  return chunks.map((chunk) => watch.feed(Buffer.from(chunk)));
}

describe('TextWatch', () => {
  it.each([
    ['within a chunk', 'bc', ['abcd'], [3]],
    ['at the end of a chunk', 'cd', ['abcd'], [4]],
    ['across two chunks', 'login:', ['some log', 'in: '], [-1, 3]],
    ['byte by byte', 'abc', ['x', 'a', 'b', 'c'], [-1, -1, -1, 1]],
    ['after a false start', 'aab', ['aa', 'ab'], [-1, 2]],
    ['of one byte', '#', ['ab', 'c#'], [-1, 2]],
    ['in more than ASCII', '→ ok', ['x→', ' ok'], [-1, 3]],
  ])('finds a text %s', (_where, text, chunks, expected) => {
    expect(feedAll(text, chunks)).toEqual(expected);
  });

  it('does not find what is not there', () => {
    expect(feedAll('abc', ['ab', 'bc', 'a', 'bbc'])).toEqual([-1, -1, -1, -1]);
  });

  it('does not find a text twice the same', () => {
    expect(feedAll('ab', ['ab', 'x'])).toEqual([2, -1]);
  });
});
