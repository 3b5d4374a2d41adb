import { Command } from 'commander';
import { OperatorError } from '../errors.js';
import { withDatabase } from './with-app.js';

export function projectCommand(): Command {
  return new Command('project')
    .description(
      'Lays all images out in the plane, similar ones close to each other: analytics.projection, for plots.',
    )
    .action(() =>
      withDatabase(async (database) => {
        const [{ activeModel }, { projectEmbeddings }] = await Promise.all([
          import('../db/models.js'),
          import('../search/projection.js'),
        ]);
        const model = await activeModel(database.pool);
        if (model === undefined)
          throw new OperatorError('The collection has no images yet: pictograph ingest FOLDER');
        const count = await projectEmbeddings(database, model);
        console.log(
          `${count === 1 ? '1 image has' : `${count.toLocaleString('en')} images have`} a place in analytics.projection.`,
        );
      }),
    );
}
