/** Colours that most people can tell apart on white (after Okabe and Ito, with two more); labels beyond them share grey. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a4fb0', '#8c6d31'];
const OTHER = '#888888';

/** How many labels have a colour of their own. */
export const COLOURED = COLOURS.length;

/** @param names the labels, the most frequent first */
export function colourOf(label: string | null, names: readonly string[]): string {
  return COLOURS[label === null ? -1 : names.indexOf(label)] ?? OTHER;
}
