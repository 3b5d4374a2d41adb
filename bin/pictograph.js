#!/usr/bin/env node
try {
  await import('../dist/cli/pictograph.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('/dist/cli/pictograph.js'))
    throw error;
  console.error('Pictograph is not built yet: run `npm run build` first.');
  process.exitCode = 1;
}
