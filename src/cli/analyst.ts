import { Command } from 'commander';
import { ensureAnalystRole, findAnalystFreedoms, grantAnalystRole } from '../db/analyst-role.js';
import type { Database } from '../db/database.js';
import { OperatorError } from '../errors.js';
import { printable } from './printable.js';
import { withDatabase } from './with-app.js';

export function analystCommand(): Command {
  const analyst = new Command('analyst').description(
    'Who may read the schema analytics of a PostgreSQL database, and nothing else.',
  );
  analyst
    .command('grant')
    .description('Makes a role of the server an analyst: a member of pictograph_analyst.')
    .argument('<role>', 'a role that exists')
    .action((role: string) =>
      withDatabase(async (database) => {
        requireServer(database);
        const client = await database.pool.connect();
        try {
          await grantAnalystRole(client, role);
        } finally {
          client.release();
        }
        console.log(`${printable(role)} may read the schema analytics.`);
        await tellFreedoms(database);
      }),
    );
  analyst
    .command('check')
    .description('Lists what analysts may do beyond reading analytics. Exits with 1 when there is something.')
    .action(() =>
      withDatabase(async (database) => {
        requireServer(database);
        const client = await database.pool.connect();
        try {
          if (!(await ensureAnalystRole(client)))
            throw new OperatorError('There is no role pictograph_analyst yet: see pictograph analyst grant.');
        } finally {
          client.release();
        }
        if (await tellFreedoms(database)) process.exitCode = 1;
        else console.log('Analysts may read the schema analytics, and nothing else.');
      }),
    );
  return analyst;
}

async function tellFreedoms(database: Database): Promise<boolean> {
  const freedoms = await findAnalystFreedoms(database.pool);
  if (freedoms.length === 0) return false;
  console.log('This database also lets analysts:');
  for (const { what, remedy } of freedoms)
    console.log(`  ${printable(what)}\n    ends with: ${printable(remedy)}`);
  return true;
}

function requireServer(database: Database): void {
  if (database.kind === 'server') return;
  throw new OperatorError(
    'The embedded database has no roles to grant. Analysts use `pictograph sql`, or psql at ANALYTICS_PORT.',
  );
}
