import { Command } from 'commander';
import type pg from 'pg';
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
      onServer(async (client) => {
        const { grantAnalystRole } = await import('../db/analyst-role.js');
        await grantAnalystRole(client, role);
        console.log(`${printable(role)} may read the schema analytics.`);
        await tellFreedoms(client);
      }),
    );
  analyst
    .command('check')
    .description('Lists what analysts may do beyond reading analytics. Exits with 1 when there is something.')
    .action(() =>
      onServer(async (client) => {
        const { ensureAnalystRole } = await import('../db/analyst-role.js');
        if (!(await ensureAnalystRole(client)))
          throw new OperatorError('There is no role pictograph_analyst yet: see pictograph analyst grant.');
        if (await tellFreedoms(client)) process.exitCode = 1;
        else console.log('Analysts may read the schema analytics, and nothing else.');
      }),
    );
  return analyst;
}

async function tellFreedoms(client: pg.ClientBase): Promise<boolean> {
  const { findAnalystFreedoms } = await import('../db/analyst-role.js');
  const freedoms = await findAnalystFreedoms(client);
  if (freedoms.length === 0) return false;
  console.log('This database also lets analysts:');
  for (const { what, remedy } of freedoms)
    console.log(`  ${printable(what)}\n    ends with: ${printable(remedy)}`);
  return true;
}

function onServer(work: (client: pg.ClientBase) => Promise<void>): Promise<void> {
  return withDatabase(async (database) => {
    if (database.kind === 'embedded') {
      throw new OperatorError(
        'The embedded database has no roles to grant. Analysts use `pictograph sql`, or psql at ANALYTICS_PORT.',
      );
    }
    const client = await database.pool.connect();
    try {
      await work(client);
    } finally {
      client.release();
    }
  });
}
