/** What units of quantities stand for (k8s.io/apimachinery `resource.Quantity`), as far as Adapters may use them. */
const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * `object` with processor time and memory of its containers as numbers: the API server writes quantities its own way
 * (`1000m` as `1`). What is none stays.
 */
export function amountsInNumbers(object: unknown): unknown {
  return within(object, ["spec", "template", "spec", "containers"], (containers) =>
    Array.isArray(containers) ? containers.map((each) => within(each, ["resources"], everyAmount)) : containers,
  );
}

/** `value` with `change` made to what stands at `path`, where there is anything. */
function within(value: unknown, [name, ...rest]: string[], change: (value: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  if (typeof value !== "object" || value === null || !(name in value)) return value;
  return { ...value, [name]: within((value as Record<string, unknown>)[name], rest, change) };
}

function everyAmount(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return amount(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, everyAmount(each)]));
}

function amount(value: unknown): unknown {
  const [, digits, unit = ""] = (typeof value === "string" && /^([0-9.]+)([A-Za-z]*)$/.exec(value)) || [];
  const size = UNITS[unit];
  return digits === undefined || size === undefined ? value : Number(digits) * size;
}
