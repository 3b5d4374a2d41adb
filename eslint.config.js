import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

// Imports point one way (docs/architecture.md). Each room may import from itself, from the rooms named here and from
// the leaves (errors, limiter, log, config, version, worker-thread); nothing else.
const rooms = {
  clip: [],
  jobs: ['db'],
  db: [],
  images: ['db', 'clip', 'jobs'],
  search: ['db', 'clip', 'jobs'],
  classification: ['search', 'db', 'clip', 'jobs'],
  models: ['images', 'search', 'db', 'clip', 'jobs'],
  graphql: ['images', 'search', 'classification', 'models'],
  http: ['graphql', 'images', 'search', 'classification', 'models', 'db'],
};
const allRooms = [...Object.keys(rooms), 'cli'];

const directions = Object.entries(rooms).map(([room, allowed]) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    'import-x/no-restricted-paths': [
      'error',
      {
        zones: [
          {
            target: `./src/${room}`,
            from: allRooms
              .filter((other) => other !== room && !allowed.includes(other))
              .map((other) => `./src/${other}`),
            message: `src/${room} may import only from ${[room, ...allowed, 'the leaves'].join(', ')}.`,
          },
          {
            target: `./src/${room}`,
            from: ['./src/app.ts', './src/main.ts'],
            message: 'The composition root imports the rooms, never the other way.',
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/', 'data/', '.demo/', '**/generated/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  ...directions,
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config.ts', 'src/**/generated/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'src/config.ts is the one reader of the environment.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/clip/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: '@huggingface/transformers', message: 'Only src/clip touches tensors.' }] },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  prettier,
);
