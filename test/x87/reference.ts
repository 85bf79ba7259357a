/**
 * Elementary functions on fixed-point numbers of 512 fraction bits, by other ways than runtime/x87 takes: plain
 * Taylor series after halving, π from Gauss-Legendre, logarithms by Newton's method on the exponential.
 */
export const BITS = 512n;
export const ONE = 1n << BITS;
export const mul = (a: bigint, b: bigint): bigint => (a * b) >> BITS;
export const div = (a: bigint, b: bigint): bigint => (a << BITS) / b;

const integerRoot = (n: bigint): bigint => {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
};
export const sqrt = (a: bigint): bigint => integerRoot(a << BITS);

export const PI = (() => {
  let [a, b, t, p] = [ONE, sqrt(ONE >> 1n), ONE >> 2n, 1n];
  for (let n = 0; n < 10; n++) {
    const next = (a + b) >> 1n;
    b = sqrt(mul(a, b));
    t -= p * mul(a - next, a - next);
    a = next;
    p *= 2n;
  }
  return div(mul(a + b, a + b), 4n * t);
})();

/** sin and cos of any fixed-point number. */
export const sineCosine = (x: bigint): [bigint, bigint] => {
  const turn = 2n * PI;
  // PI has as many bits as x has fraction; integers up to 2^63 leave 449 good ones.
  let r = x % turn;
  if (r > PI) r -= turn;
  if (r < -PI) r += turn;
  let [sine, cosine, term] = [0n, 0n, ONE];
  for (let n = 1n; term !== 0n; n++) {
    const odd = n % 2n === 0n;
    const negative = ((n - 1n) / 2n) % 2n === 1n;
    if (odd) sine += negative ? -term : term;
    else cosine += negative ? -term : term;
    term = mul(term, r) / n;
    if (term === -1n) term = 0n;
  }
  return [sine, cosine];
};

export const exponential = (x: bigint): bigint => {
  const HALVINGS = 8n;
  const s = x >> HALVINGS;
  let [sum, term] = [0n, ONE];
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term;
    term = mul(term, s) / n;
  }
  for (let n = 0n; n < HALVINGS; n++) sum = mul(sum, sum);
  return sum;
};

/** ln x for 2^-1 ≤ x ≤ 2. */
export const logarithm = (x: bigint): bigint => {
  let y = BigInt(Math.round(Math.log(Number(x >> (BITS - 60n)) / 2 ** 60) * 2 ** 50)) << (BITS - 50n);
  for (let n = 0; n < 6; n++) y += mul(x, exponential(-y)) - ONE;
  return y;
};
export const LN2 = logarithm(2n * ONE);

/** atan t, t ≥ 0. */
export const arctangent = (t: bigint): bigint => {
  const HALVINGS = 6n;
  let s = t;
  for (let n = 0n; n < HALVINGS; n++) s = div(s, ONE + sqrt(ONE + mul(s, s)));
  const u = mul(s, s);
  let [sum, power] = [0n, s];
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += (n % 4n === 1n ? power : -power) / n;
    power = mul(power, u);
  }
  return sum << HALVINGS;
};
