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

  /** @param baselines are added up */
  printRatio(name: string, baselines: readonly string[]): void {
    const ratios = (this.#medians.get(name) ?? []).map((median, round) => {
      const base = baselines.map((baseline) => this.#medians.get(baseline)?.[round] ?? NaN);
      return median / base.reduce((sum, each) => sum + each, 0);
    });
    console.log(`   ratio ${`${name} : ${baselines.join(' + ')}`.padEnd(56)}${describe(ratios, 2)}`);
  }
}
