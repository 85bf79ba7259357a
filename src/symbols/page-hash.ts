/** 53 bits of the content of a page, given as its words. */
export const hashPage = (words: Int32Array): number => {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b + word, 0x85ebca6b) ^ (a >>> 15);
  }
  return (a >>> 0) + (b & 0x1f_ffff) * 2 ** 32;
};
