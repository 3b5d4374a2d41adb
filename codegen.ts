/**
 * Generates src/graphql/generated/types.ts from schema.graphql: `npm run generate`. With `--check` it writes nothing
 * and fails when the file is stale, which is what CI asks.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as typescriptResolvers from '@graphql-codegen/typescript-resolvers';
import { parse } from 'graphql';
import { format, resolveConfig } from 'prettier';

const target = 'src/graphql/generated/types.ts';

const generated = await codegen({
  filename: target,
  schema: parse(await readFile('schema.graphql', 'utf8')),
  documents: [],
  plugins: [{ typescript: {} }, { typescriptResolvers: {} }],
  pluginMap: { typescript, typescriptResolvers },
  config: {
    contextType: '../context.js#Context',
    useTypeImports: true,
    enumsAsTypes: true,
    immutableTypes: true,
    avoidOptionals: { field: true, object: true },
    inputMaybeValue: 'T | null | undefined',
    strictScalars: true,
    // Members of a union are told apart by their `__typename`: leaving it out would only show at run time.
    resolversNonOptionalTypename: { unionMember: true },
    scalars: {
      ID: { input: 'string', output: 'string' },
      DateTime: { input: 'Date', output: 'Date' },
      JSON: { input: 'unknown', output: 'unknown' },
      Upload: { input: "Promise<import('../scalars.js').UploadedFile>", output: 'never' },
    },
    mappers: {
      Node: '../mappers.js#NodeParent',
      Image: '../mappers.js#ImageParent',
      ImageConnection: '../mappers.js#ImageConnectionParent',
      ImageMatchConnection: '../mappers.js#ImageMatchConnectionParent',
      ImageMatchEdge: '../mappers.js#ImageMatchEdgeParent',
      SearchPlan: '../mappers.js#SearchPlanParent',
      DuplicateGroupConnection: '../mappers.js#DuplicateGroupConnectionParent',
      DuplicateGroupEdge: '../mappers.js#DuplicateGroupParent',
      ImageClusters: '../mappers.js#ImageClustersParent',
      ImageCluster: '../mappers.js#ImageClusterParent',
      Vocabulary: '../mappers.js#VocabularyParent',
      DuplicateGroup: '../mappers.js#DuplicateGroupParent',
      Model: '../mappers.js#ModelParent',
      LabelSet: '../mappers.js#LabelSetParent',
      LabelSetConnection: '../mappers.js#LabelSetConnectionParent',
      Label: '../mappers.js#LabelParent',
      LabelImageConnection: '../mappers.js#LabelImageConnectionParent',
      LabelImageEdge: '../mappers.js#LabelImageEdgeParent',
      LabelDistribution: '../mappers.js#LabelDistributionParent',
      LabelSetDiff: '../mappers.js#LabelSetDiffParent',
      LabelSetImageDiff: '../mappers.js#LabelSetDiffParent',
      ImageLabelChange: '../mappers.js#ImageLabelChangeParent',
      LabelNotFound: '../mappers.js#LabelNotFoundParent',
      LabelSetEvaluation: '../mappers.js#LabelSetEvaluationParent',
      LabelEvaluation: '../mappers.js#LabelEvaluationParent',
      ConfusionCell: '../mappers.js#ConfusionCellParent',
      TooFewExamples: '../mappers.js#TooFewExamplesParent',
      LabelSetNotReady: '../mappers.js#LabelSetNotReadyParent',
      LabelSetNotFound: '../mappers.js#LabelSetNotFoundParent',
      Classification: '../mappers.js#ClassificationParent',
      ClassificationProgress: '../mappers.js#ClassificationProgressParent',
      QueryOverlap: '../mappers.js#QueryOverlapParent',
      SavedSearch: '../mappers.js#SavedSearchParent',
      SavedSearchConnection: '../mappers.js#SavedSearchConnectionParent',
      SearchLog: '../mappers.js#SearchLogParent',
      CollectionStats: '../mappers.js#CollectionStatsParent',
      IngestProgress: '../mappers.js#IngestProgressParent',
      ImageNotFound: '../mappers.js#ImageNotFoundParent',
    },
  },
});
// An argument that has a default can still be null: a client may say so. The generator's type denies it.
const truthful = generated.replace('[P in K]-?: NonNullable<T[P]>', '[P in K]-?: T[P]');
if (truthful === generated)
  throw new Error('The generator no longer writes RequireFields as it did: adapt codegen.ts.');

const wanted = await format(`/* Generated from schema.graphql by codegen.ts. Do not edit. */\n${truthful}`, {
  ...(await resolveConfig(target)),
  parser: 'typescript',
});

if (process.argv.includes('--check')) {
  const found = await readFile(target, 'utf8').catch(() => '');
  if (found !== wanted) {
    console.error(`${target} does not match schema.graphql: run \`npm run generate\` and commit the result.`);
    process.exitCode = 1;
  }
} else {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, wanted);
}
