import { expect, test } from "vitest";
import { median, slope, spread } from "../src/statistics.ts";

test("the median of an even number of values is the mean of the middle two", () => {
  expect(median([9, 1, 3])).toBe(3);
  expect(median([4, 1, 2, 100])).toBe(3);
  expect(median([])).toBeNaN();
});

test("the spread is half of the interquartile range and ignores extremes", () => {
  expect(spread([1, 2, 3, 4, 1000])).toBe(1);
});

test("the slope is 1 for linear and 2 for quadratic growth", () => {
  const sizes = [10, 100, 1000];
  expect(slope(sizes.map((size) => [size, 7 * size]))).toBeCloseTo(1);
  expect(slope(sizes.map((size) => [size, 3 * size * size]))).toBeCloseTo(2);
  expect(slope(sizes.map((size) => [size, 5]))).toBeCloseTo(0);
});
