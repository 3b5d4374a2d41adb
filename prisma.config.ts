import { defineConfig } from 'prisma/config';

// Prisma's command line downloads a schema engine at every start, which fails where there is no network. Only
// migrations use that engine, and Pictograph's migrations are plain SQL: any existing file keeps it from looking.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
