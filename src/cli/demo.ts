import { fileURLToPath } from 'node:url';
import { Command } from 'commander';

export function demoCommand(): Command {
  return new Command('demo')
    .description('Serves the sample collection from an embedded database of its own, with the bundled model.')
    .option(
      '--data <folder>',
      "the demo's own data folder",
      fileURLToPath(new URL('../../.demo', import.meta.url)),
    )
    .action(async ({ data }: { data: string }) => {
      const { runDemo } = await import('./run-demo.js');
      await runDemo(data);
    });
}
