/** The median. For an even number of values, the mean of the middle two. NaN for an empty list. */
export function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

/** Half of the interquartile range, shown as "±" in the tables. */
export function spread(list: readonly number[]): number {
  return (quantile(list, 0.75) - quantile(list, 0.25)) / 2;
}

/** A quantile, with linear interpolation. */
export function quantile(list: readonly number[], q: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** The exponent of growth: the slope of a line through the points on logarithmic axes. 1 is linear, 2 quadratic. */
export function slope(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const [over, under] = logs.reduce(([a, b], [lx, ly]) => [a + (lx - x) * (ly - y), b + (lx - x) ** 2], [0, 0]);
  return over / under;
}

/** The standard error of the median, from the interquartile range as for a normal distribution: about half a spread for twelve values. */
export function medianError(list: readonly number[]): number {
  return (1.86 * spread(list)) / Math.sqrt(list.length);
}
