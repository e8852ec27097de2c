/** Whether `promise` is still open when everything that is on its way by now has been dealt with. */
export async function stillOpen(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  const close = (): void => void (open = false);
  promise.then(close, close);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return open;
}
