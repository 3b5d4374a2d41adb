/** A goal that a value has to reach. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One measured value. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** How the value and its goal are written. */
  readonly unit: Unit;
  /** Undefined: measured for the record. */
  readonly goal?: Goal;
}

type Unit = 'share' | 'points' | `of ${number}` | 'MB' | 'ms';

/** Whether a figure reaches its goal; one that has none misses nothing. */
export function isMet({ value, goal }: Figure): boolean {
  if (goal === undefined) return true;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** The figures as a Markdown table, with their goals. */
export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    written(figure.value, figure.unit),
    figure.goal === undefined ? '' : writtenGoal(figure.goal, figure.unit),
    figure.goal === undefined ? '' : isMet(figure) ? 'met' : '**missed**',
  ]);
  const table = [['Measure', 'Result', 'Goal', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join(
    '\n',
  );
}

function writtenGoal(goal: Goal, unit: Unit): string {
  return 'atLeast' in goal ? `≥ ${written(goal.atLeast, unit)}` : `≤ ${written(goal.atMost, unit)}`;
}

function written(value: number, unit: Unit): string {
  switch (unit) {
    case 'share':
      return value.toFixed(3);
    case 'points':
      return `${value.toFixed(1)} points`;
    case 'MB':
    case 'ms':
      return `${value.toFixed(1)} ${unit}`;
    default:
      return `${value} ${unit}`;
  }
}
