/** The middle of a list; of an even number, the mean of the two in the middle. NaN of none. */
export function median(list: readonly number[]): number {
  return quantile(list, 0.5);
}

/** Half of the interquartile range: what "±" says in the tables. */
export function spread(list: readonly number[]): number {
  return (quantile(list, 0.75) - quantile(list, 0.25)) / 2;
}

/** Linear between neighbours. */
export function quantile(list: readonly number[], q: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** The exponent of growth: the slope of a straight line through the points, both axes in logarithms. 1 is linear, 2 quadratic. */
export function slope(points: readonly (readonly [size: number, cost: number])[]): number {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
  const mean = (axis: 0 | 1): number => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const [over, under] = logs.reduce(([a, b], [lx, ly]) => [a + (lx - x) * (ly - y), b + (lx - x) ** 2], [0, 0]);
  return over / under;
}
