/**
 * Finds the few commands in an SQL text that concern the connection and not the database: all clients of the embedded
 * database share one session, so the gateway has to keep apart what each of them listens to, and has to know that data
 * will follow a COPY before it runs.
 */
export type SessionCommand =
  | { readonly kind: 'listen'; readonly channel: string }
  | { readonly kind: 'unlisten'; readonly channel: string | undefined }
  | { readonly kind: 'copy-in'; readonly binary: boolean };

export interface CommandScan {
  readonly commands: readonly SessionCommand[];
  /** How many statements the text has. */
  readonly statements: number;
}

const CONCERNS_SESSION = /\b(?:UN)?LISTEN\b|\bCOPY\b/i;
// What may hold a semicolon or a word that is not the statement's: comments, literals, quoted identifiers, dollar quotes.
const TOKEN =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|;|\S/g;

const NOTHING: CommandScan = { commands: [], statements: 1 };

/** @param sql the text of a simple query or of a Parse message */
export function findSessionCommands(sql: string): CommandScan {
  if (!CONCERNS_SESSION.test(sql)) return NOTHING;
  const statements = splitStatements(sql);
  return {
    commands: statements.map(toCommand).filter((command) => command !== undefined),
    statements: statements.length,
  };
}

function toCommand(tokens: readonly string[]): SessionCommand | undefined {
  const [verb = '', argument = ''] = tokens;
  const words = tokens.map((token) => token.toUpperCase());
  switch (verb.toUpperCase()) {
    case 'LISTEN':
      return { kind: 'listen', channel: identifier(argument) };
    case 'UNLISTEN':
      return { kind: 'unlisten', channel: argument === '*' ? undefined : identifier(argument) };
    case 'COPY': {
      const from = words.findIndex((word, index) => word === 'FROM' && words[index + 1] === 'STDIN');
      if (from < 0) return undefined;
      return { kind: 'copy-in', binary: words.slice(from).some((word) => /^'?BINARY'?$/.test(word)) };
    }
    default:
      return undefined;
  }
}

/** PostgreSQL folds what is not quoted to lower case. */
function identifier(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token.toLowerCase();
}

function splitStatements(sql: string): string[][] {
  const statements: string[][] = [];
  let current: string[] = [];
  const token = new RegExp(TOKEN);
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    const text = match[0];
    if (text === '/*') token.lastIndex = endOfComment(sql, match.index);
    else if (/^\$[^$]*\$$/.test(text)) token.lastIndex = endOf(sql, text, token.lastIndex);
    else if (text === ';') {
      if (current.length > 0) statements.push(current);
      current = [];
    } else if (!text.startsWith('--')) current.push(text);
  }
  if (current.length > 0) statements.push(current);
  return statements;
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
