/** Something that is on or off: beginnings and endings come one after another, whatever is asked meanwhile. */
export class Switch {
  readonly #begin: () => void;
  readonly #end: () => Promise<void>;
  #isOn = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(begin: () => void, end: () => Promise<void>) {
    this.#begin = begin;
    this.#end = end;
  }

  /** Whether it is on, or about to be. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Resolves when that has come about. */
  set(isOn: boolean): Promise<void> {
    if (isOn !== this.#isOn) {
      this.#isOn = isOn;
      this.#turn = this.#turn.then(() => (isOn ? this.#begin() : this.#end()));
    }
    return this.#turn;
  }
}
