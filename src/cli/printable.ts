/** What changes how a terminal shows the text around it: control characters, marks of direction, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text for a terminal on one line: file names may hold anything, control sequences and newlines too. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** A value as one line of JSON, safe for a terminal as well: what would be unprintable is escaped, as JSON allows. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => {
    return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }).join('');
}
