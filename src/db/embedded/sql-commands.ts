import { sqlTokens } from '../sql-statements.js';

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

const NOTHING: CommandScan = { commands: [], statements: 1 };

/** @param sql the text of a simple query or of a Parse message */
export function findSessionCommands(sql: string): CommandScan {
  if (!CONCERNS_SESSION.test(sql)) return NOTHING;
  const statements = splitIntoTokens(sql);
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

function splitIntoTokens(sql: string): string[][] {
  const statements: string[][] = [];
  let current: string[] = [];
  for (const { text } of sqlTokens(sql)) {
    if (text === ';') {
      if (current.length > 0) statements.push(current);
      current = [];
    } else current.push(text);
  }
  if (current.length > 0) statements.push(current);
  return statements;
}
