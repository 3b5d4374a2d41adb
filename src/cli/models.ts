import { Command } from 'commander';
import { withDatabase } from './with-app.js';

export function modelsCommand(): Command {
  return new Command('models')
    .description('Lists the models that embedded something in this collection.')
    .option('--json', 'print JSON', false)
    .action(({ json }: { json: boolean }) =>
      withDatabase(async (database) => {
        const { listModels } = await import('../db/models.js');
        const models = await listModels(database.pool);
        if (json) console.log(JSON.stringify(models, null, 2));
        else if (models.length === 0) console.log('None yet: the first start chooses one (CLIP_MODEL).');
        else {
          for (const { name, dtype, dimensions, imageCount, active, fingerprint } of models) {
            console.log(
              `${active ? '*' : ' '} ${name} ${dtype}, ${dimensions} dimensions, ${imageCount} images, fingerprint ${fingerprint.slice(0, 12)}`,
            );
          }
        }
      }),
    );
}
