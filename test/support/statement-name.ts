/** The name that a statement of `src/db` opens with. */
export const statementName = (text: string): string | undefined => /^\s*\/\* (\S+) \*\//.exec(text)?.[1];
