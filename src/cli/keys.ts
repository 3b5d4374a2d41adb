import { createHash, randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import type { ApiKeyRole } from '../db/api-keys.js';
import { OperatorError } from '../errors.js';
import { withDatabase } from './with-app.js';

const KEY_BYTES = 32;
const ROLES = Object.keys({ read: 1, write: 1, admin: 1 } satisfies Record<ApiKeyRole, 1>);

export function keysCommand(): Command {
  const keys = new Command('keys').description('Makes, lists and deletes API keys.');
  keys
    .command('create')
    .description('Makes a key and prints it. It is shown this once: only its hash is stored.')
    .argument('<name>', 'who or what the key is for')
    .addOption(new Option('--role <role>', 'what the key allows').choices(ROLES).default('read'))
    .action((name: string, { role }: { role: ApiKeyRole }) =>
      withDatabase(async (database) => {
        const { createApiKey } = await import('../db/api-keys.js');
        const key = `pk_${randomBytes(KEY_BYTES).toString('base64url')}`;
        const created = await createApiKey(database, {
          name,
          role,
          sha256: createHash('sha256').update(key).digest(),
        });
        if (created === undefined) {
          throw new OperatorError(
            `There is a key ${name} already. Take another name, or delete it: pictograph keys delete ${name}`,
          );
        }
        console.log(key);
      }),
    );
  keys
    .command('list')
    .description('Lists names and roles of the keys.')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) =>
      withDatabase(async (database) => {
        const { listApiKeys } = await import('../db/api-keys.js');
        const rows = await listApiKeys(database);
        if (json) console.log(JSON.stringify(rows, null, 2));
        else if (rows.length === 0) console.log('There are no keys.');
        else {
          for (const { name, role, createdAt } of rows) {
            console.log(name.padEnd(24), role.padEnd(6), createdAt.toISOString());
          }
        }
      }),
    );
  keys
    .command('delete')
    .description('Deletes a key. A running server refuses it within seconds.')
    .argument('<name>', 'the name of the key')
    .action((name: string) =>
      withDatabase(async (database) => {
        const { deleteApiKey } = await import('../db/api-keys.js');
        if (!(await deleteApiKey(database, name))) {
          throw new OperatorError(`There is no key ${name}. \`pictograph keys list\` names them all.`);
        }
        console.log(`The key ${name} is deleted.`);
      }),
    );
  return keys;
}
