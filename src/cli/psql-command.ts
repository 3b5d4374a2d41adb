/** How psql reaches the analytics port; the role is that of src/db/analyst-role.ts. */
export function psqlCommand(port: number): string {
  return `psql "host=127.0.0.1 port=${port} user=pictograph_analyst dbname=pictograph"`;
}
