/** Figures of each contender, one a round: items a second, unless they are added as something else. */
export class Rates {
  readonly #byName = new Map<string, number[]>();

  async take(name: string, items: number, work: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    await work();
    this.add(name, (items * 1000) / (performance.now() - started));
  }

  /** A figure that was measured elsewhere. */
  add(name: string, figure: number): void {
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), figure]);
  }

  print(digits = 1): void {
    for (const [name, rates] of this.#byName) console.log(`   ${name.padEnd(40)}${describe(rates, digits)}`);
  }

  printRatio(name: string, baseline: string): void {
    const base = this.#byName.get(baseline) ?? [];
    const ratios = (this.#byName.get(name) ?? []).map((rate, round) => rate / (base[round] ?? NaN));
    console.log(`   ratio ${`${name} : ${baseline}`.padEnd(56)}${describe(ratios, 2)}`);
  }
}

/** The median, the least and the greatest. */
function describe(values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
  return `${median?.toFixed(digits) ?? ''} (${least?.toFixed(digits) ?? ''} to ${most?.toFixed(digits) ?? ''})`;
}
