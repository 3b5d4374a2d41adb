import { describe } from './rates.js';
import { quantile } from './search-workload.js';

/** Milliseconds of each contender; of each round the median counts. */
export class Times {
  readonly #round = new Map<string, number[]>();
  readonly #medians = new Map<string, number[]>();

  add(name: string, ...times: readonly number[]): void {
    this.#round.set(name, [...(this.#round.get(name) ?? []), ...times]);
  }

  endRound(): void {
    for (const [name, times] of this.#round)
      this.#medians.set(name, [...(this.#medians.get(name) ?? []), quantile(times, 0.5)]);
    this.#round.clear();
  }

  print(): void {
    for (const [name, medians] of this.#medians) console.log(`   ${name.padEnd(32)}${describe(medians, 2)}`);
  }

  printRatio(name: string, baseline: string): void {
    const base = this.#medians.get(baseline) ?? [];
    const ratios = (this.#medians.get(name) ?? []).map((median, round) => median / (base[round] ?? NaN));
    console.log(`   ratio ${`${name} : ${baseline}`.padEnd(56)}${describe(ratios, 2)}`);
  }
}
