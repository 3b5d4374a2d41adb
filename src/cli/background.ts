import { Command } from 'commander';
import { withDatabase } from './with-app.js';

export function backgroundCommand(): Command {
  return new Command('background')
    .description(
      'Shows the sample of images that standard scores are measured against, or draws another one.',
    )
    .option('--redraw', 'draw the sample again, at random', false)
    .option('--json', 'print JSON', false)
    .action(({ redraw, json }: { redraw: boolean; json: boolean }) =>
      withDatabase(async (database) => {
        const { activeModel } = await import('../db/models.js');
        const { drawBackground, findBackground } = await import('../db/background.js');
        const model = await activeModel(database.pool);
        if (model === undefined) {
          console.log(
            json
              ? JSON.stringify({ model: null, sample: null })
              : 'There is no model yet, and so nothing to draw from.',
          );
          return;
        }
        if (redraw) {
          const { SAMPLE_SIZE } = await import('../search/background.js');
          await drawBackground(database, model.id, SAMPLE_SIZE, null);
        }
        const sample = await findBackground(database.pool, model.id);
        if (json) console.log(JSON.stringify({ model: model.name, sample: sample ?? null }));
        else if (sample === undefined)
          console.log(`None yet for ${model.name}: the first search that asks for standard scores draws it.`);
        else {
          console.log(
            `${sample.size} images for ${model.name}, drawn from ${sample.imageCount} at ${sample.drawnAt.toISOString()}.`,
          );
        }
      }),
    );
}
