// Compiles src into dist, unless nothing has changed since the last time that this succeeded: even when there is nothing to do the
// compiler takes most of a second, and every start would.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = path.join(root, 'dist/.built-when-changed');
const changedAt = (file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
// Folders as well: they change when a file is removed.
const sources = [
  'src',
  ...readdirSync(path.join(root, 'src'), { recursive: true }).map((file) => `src/${file}`),
];
const inputs = [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const builtAt = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;

if (inputs.some((file) => changedAt(file) >= builtAt)) {
  // What is saved while the compiler runs counts as changed.
  const begun = new Date();
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-b', path.join(root, 'tsconfig.build.json')], {
    stdio: 'inherit',
  });
  if (status === 0) {
    writeFileSync(stamp, '');
    utimesSync(stamp, begun, begun);
  } else process.exitCode = status ?? 1;
}
