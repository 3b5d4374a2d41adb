import { Command } from 'commander';
import { openMigratedDatabase } from '../app.js';
import { listModels } from '../db/models.js';
import { commandSettings } from './with-app.js';

export function modelsCommand(): Command {
  return new Command('models')
    .description('Lists the models that embedded something in this collection.')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { config, log } = commandSettings();
      const database = await openMigratedDatabase(config, log);
      try {
        const models = await listModels(database.pool);
        if (json) console.log(JSON.stringify(models, null, 2));
        else if (models.length === 0) console.log('None yet: the first start chooses one (CLIP_MODEL).');
        else
          for (const { name, dtype, dimensions, imageCount, active, fingerprint } of models)
            console.log(
              `${active ? '*' : ' '} ${name} ${dtype}, ${dimensions} dimensions, ${imageCount} images, fingerprint ${fingerprint.slice(0, 12)}`,
            );
      } finally {
        await database.close();
      }
    });
}
