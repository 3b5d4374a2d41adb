import { Command } from 'commander';
import { withApp } from './with-app.js';

export function encodeTextCommand(): Command {
  return new Command('encode-text')
    .description('Encodes texts, so that SQL knows their vectors: analytics.text_vector, analytics.nearest.')
    .argument('<texts...>', 'a text each, in quotes')
    .option('--json', 'print texts with their vectors, one JSON object a line', false)
    .action(async (texts: string[], { json }: { json: boolean }) => {
      await withApp(async ({ textEmbeddings }) => {
        const vectors = await textEmbeddings.embed(texts);
        if (json) {
          for (const [index, text] of texts.entries())
            console.log(JSON.stringify({ text, embedding: [...(vectors[index] ?? [])] }));
        } else console.log(`${texts.length === 1 ? 'The text is' : `${texts.length} texts are`} encoded.`);
      });
    });
}
