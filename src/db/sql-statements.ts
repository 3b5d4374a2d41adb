/** SQL, cut into tokens as far as that is needed to know where statements end and which words are theirs. */
interface SqlToken {
  readonly text: string;
  /** Where it begins in the SQL, and where it ends. */
  readonly start: number;
  readonly end: number;
}

// What may hold a semicolon or a word that is not the statement's: comments, literals, quoted identifiers, dollar quotes.
const TOKEN =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\d+|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|;|\S/g;

/** Tokens in order, comments and dollar-quoted texts left out; a literal is one token. */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  const token = new RegExp(TOKEN);
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const text = match[0];
    if (text === '/*') token.lastIndex = endOfComment(sql, match.index);
    else if (/^\$[^$]*\$$/.test(text)) token.lastIndex = endOf(sql, text, token.lastIndex);
    else if (!text.startsWith('--')) yield { text, start: match.index, end: match.index + text.length };
  }
}

/** Statements that end with a semicolon, without it, and what follows the last one; those without any token are left out. */
export function splitStatements(sql: string): { readonly statements: string[]; readonly rest: string } {
  const statements: string[] = [];
  let start = 0;
  let empty = true;
  for (const token of sqlTokens(sql)) {
    if (token.text !== ';') {
      empty = false;
      continue;
    }
    if (!empty) statements.push(sql.slice(start, token.start).trim());
    start = token.end;
    empty = true;
  }
  return { statements, rest: empty ? '' : sql.slice(start).trim() };
}

function endOf(sql: string, closing: string, from: number): number {
  const found = sql.indexOf(closing, from);
  return found < 0 ? sql.length : found + closing.length;
}

/** PostgreSQL's block comments nest. */
function endOfComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(sql); match !== null; match = mark.exec(sql)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}
