/** Amounts of money as whole billionths, so that sums over many small calls are exact. */

const SCALE = 1e9;

export function toNano(amount: number): number {
  return Math.round(amount * SCALE);
}

export function fromNano(nano: number): number {
  return nano / SCALE;
}
