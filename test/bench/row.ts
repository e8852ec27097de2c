/** One measured figure. `goal` is for the ratio of `value` to `baseline.value`, or for `value` itself without one. */
export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  baseline?: { name: string; value: number };
  goal?: number;
  note?: string;
}
