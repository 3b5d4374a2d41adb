import { Command } from 'commander';
import { OperatorError, RequestError } from '../errors.js';
import { growHeapFaster } from '../heap-growth.js';
import { analystCommand } from './analyst.js';
import { backgroundCommand } from './background.js';
import { classifyCommand } from './classify.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { encodeTextCommand } from './encode-text.js';
import { exportCommand } from './export.js';
import { failedCommand } from './failed.js';
import { ingestCommand } from './ingest-command.js';
import { keysCommand } from './keys.js';
import { labelsCommand } from './labels.js';
import { migrateCommand } from './migrate.js';
import { modelsCommand } from './models.js';
import { stopProgressBars } from './progress.js';
import { projectCommand } from './project.js';
import { reindexCommand } from './reindex.js';
import { reportCommand } from './report.js';
import { retryCommand } from './retry.js';
import { searchCommand } from './search.js';
import { sqlCommand } from './sql.js';
import { serveCommand, workerCommand } from './serve.js';
import { version } from '../version.js';

growHeapFaster();

const program = new Command('pictograph')
  .description('Makes a collection of images searchable and classifiable by plain words.')
  .version(version())
  .showHelpAfterError('(pictograph --help tells what there is)')
  .addHelpText(
    'after',
    '\nConfiguration comes from the environment: the README has the table.\n' +
      'Exit codes: 0 done, 1 something failed, 2 wrong usage, 66 no such file, 78 a mistake in the configuration.',
  )
  .addCommand(serveCommand())
  .addCommand(workerCommand())
  .addCommand(ingestCommand())
  .addCommand(failedCommand())
  .addCommand(retryCommand())
  .addCommand(exportCommand())
  .addCommand(reportCommand())
  .addCommand(searchCommand())
  .addCommand(classifyCommand())
  .addCommand(labelsCommand())
  .addCommand(sqlCommand())
  .addCommand(encodeTextCommand())
  .addCommand(projectCommand())
  .addCommand(analystCommand())
  .addCommand(modelsCommand())
  .addCommand(backgroundCommand())
  .addCommand(reindexCommand())
  .addCommand(migrateCommand())
  .addCommand(keysCommand())
  .addCommand(doctorCommand())
  .addCommand(demoCommand());

// Commander ends with 1 for wrong usage; scripts want to tell that from a failure of the work itself.
for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
}

try {
  await program.parseAsync().finally(stopProgressBars);
} catch (error) {
  if (error instanceof OperatorError) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else if (error instanceof RequestError) {
    console.error(error.message);
    process.exitCode = 1;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
}
