/** The first version (`1.2.3`, with or without `v`) in a text. @param {string} text */
export function versionIn(text) {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
}

/** Whether `version` is `wanted` or later; suffixes such as `-rc.1` are not looked at. @param {string} version @param {string} wanted */
export function atLeast(version, wanted) {
  const [have, want] = [numbers(version), numbers(wanted)];
  const different = want.findIndex((number, index) => number !== (have[index] ?? 0));
  return different < 0 || (have[different] ?? 0) > (want[different] ?? 0);
}

/** @param {string} version */
function numbers(version) {
  return (versionIn(version) ?? "0").split(".").map(Number);
}
