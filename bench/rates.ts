/** Items a second of each contender, a figure a round. */
export class Rates {
  readonly #byName = new Map<string, number[]>();

  async take(name: string, items: number, work: () => Promise<unknown>): Promise<void> {
    const started = performance.now();
    await work();
    this.add(name, (items * 1000) / (performance.now() - started));
  }

  /** @param rate items a second, measured elsewhere */
  add(name: string, rate: number): void {
    this.#byName.set(name, [...(this.#byName.get(name) ?? []), rate]);
  }

  print(): void {
    for (const [name, rates] of this.#byName) console.log(`   ${name.padEnd(40)}${describe(rates, 1)}`);
  }

  printRatio(name: string, baseline: string): void {
    const base = this.#byName.get(baseline) ?? [];
    const ratios = (this.#byName.get(name) ?? []).map((rate, round) => rate / (base[round] ?? NaN));
    console.log(`   ratio ${`${name} : ${baseline}`.padEnd(56)}${describe(ratios, 2)}`);
  }
}

/** The median, the least and the greatest. */
export function describe(values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
  return `${median?.toFixed(digits) ?? ''} (${least?.toFixed(digits) ?? ''} to ${most?.toFixed(digits) ?? ''})`;
}
