import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { makePicture } from '../pictures.js';
import type { HostileFile } from './hostile-file.js';

/** What `ingest` must tell of each name in a folder: `added`, or an outcome and its code. */
export type Expected = Map<string, string>;

/** Writes files where their names say. */
export async function writeFiles(folder: string, files: readonly HostileFile[]): Promise<Expected> {
  const expected: Expected = new Map();
  for (const { name, bytes, outcome } of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), bytes);
    expected.set(name, outcome === 'taken' ? 'added' : `rejected ${outcome}`);
  }
  return expected;
}

let seed = 1000;
const picture = () => makePicture(++seed, { width: 16, height: 16, format: 'png' });

const NAMES = [
  'line\nbreak.png',
  'right\u{202e}gnp.left to.png',
  '\u{1b}[31mred.png',
  'tab\tand bell\u{7}.png',
  '-rf.png',
  ' spaces .png',
  'dot at the end.png.',
  '%s%n%00.png',
  '$(touch x).png',
  '`touch x`.png',
  `both '"quotes.png`,
  'back\\slash.png',
  '[a-c]{1,2}*.png',
  '\u{feff}mark.png',
  'zero\u{200b}width.png',
  // One name to a reader, two to the file system.
  'caf\u{e9}.png',
  'cafe\u{301}.png',
  '🦊.png',
  'replaced \u{fffd}.png',
  'con.png',
  `${'x'.repeat(251)}.png`,
  `${'ž'.repeat(125)}.png`,
];

/** Good pictures under bad names, and a file and a folder whose names are no UTF-8. */
export async function writeNames(folder: string): Promise<Expected> {
  const expected: Expected = new Map();
  await mkdir(path.join(folder, 'names'), { recursive: true });
  for (const name of NAMES) {
    await writeFile(path.join(folder, 'names', name), await picture());
    expected.set(`names/${name}`, 'added');
  }
  const latin = (name: string) =>
    Buffer.concat([Buffer.from(`${folder}/names/`), Buffer.from(name, 'latin1')]);
  await writeFile(latin('\xe9t\xe9.png'), await picture());
  expected.set('names/\u{fffd}t\u{fffd}.png', 'rejected INVALID_NAME');
  await mkdir(latin('\xfcber'));
  expected.set('names/\u{fffd}ber', 'rejected INVALID_NAME');
  return expected;
}

/**
 * What is no file and looks like one: links in circles and to where nothing is, pipes, sockets, devices, files that the
 * system makes up, a file that would fill the disk, and folders within each other until their path is too long.
 *
 * @param outside a folder that links may lead to
 * @returns ends the socket's server
 */
export async function writeSpecials(
  folder: string,
  outside: string,
): Promise<{ expected: Expected; close: () => void }> {
  const expected: Expected = new Map();
  const at = (name: string) => path.join(folder, 'special', name);
  const link = async (name: string, target: string, told: string) => {
    await symlink(target, at(name));
    expected.set(`special/${name}`, told);
  };
  await mkdir(at(''), { recursive: true });
  await writeFile(path.join(outside, 'elsewhere.png'), await picture());
  await link('up', '..', 'skipped LINKED_FOLDER');
  await link('root', '/', 'skipped LINKED_FOLDER');
  await link('itself', 'itself', 'skipped BROKEN_LINK');
  await link('ring.png', 'gnir.png', 'rejected BROKEN_LINK');
  await link('gnir.png', 'ring.png', 'rejected BROKEN_LINK');
  await link('gone.png', 'nowhere', 'rejected BROKEN_LINK');
  await link('out.png', path.join(outside, 'elsewhere.png'), 'added');
  await link('passwords.png', '/etc/passwd', 'rejected UNSUPPORTED');
  await link('zeros.png', '/dev/zero', 'skipped NOT_A_FILE');
  await link('null.png', '/dev/null', 'skipped NOT_A_FILE');
  // Says that it has no bytes; who reads it waits until the kernel has something to say.
  if (existsSync('/proc/kmsg')) await link('kernel.png', '/proc/kmsg', 'rejected EMPTY');

  execFileSync('mkfifo', [at('pipe.png')]);
  expected.set('special/pipe.png', 'skipped NOT_A_FILE');
  const server = createServer().listen(at('socket.png'));
  await once(server, 'listening');
  expected.set('special/socket.png', 'skipped NOT_A_FILE');

  await writeFile(at('sparse.png'), await picture());
  await truncate(at('sparse.png'), 2 ** 40);
  expected.set('special/sparse.png', 'rejected TOO_LARGE');

  const name = 'd'.repeat(200);
  const levels = 30;
  await mkdir(at('deep'));
  await writeFile(at('deep/picture.png'), await picture());
  expected.set('special/deep/picture.png', 'added');
  // No path is long enough to make them from here.
  execFileSync(
    '/bin/sh',
    [
      '-c',
      'i=0; while [ $i -lt "$2" ]; do mkdir "$1" && cd -P "$1" || exit 1; i=$((i+1)); done',
      'sh',
      name,
      String(levels),
    ],
    { cwd: at('deep') },
  );
  expected.set(
    `special/deep${`/${name}`.repeat(firstTooDeep(at('deep'), name))}`,
    'rejected UNREADABLE_FOLDER',
  );
  return { expected, close: () => server.close() };
}

/** Linux takes paths of 4,095 bytes. */
function firstTooDeep(folder: string, name: string): number {
  return Math.floor((4095 - Buffer.byteLength(folder)) / (name.length + 1)) + 1;
}

/** A file and a folder that nobody may read; root may all the same, unless it gives that up. */
export async function writeLocked(folder: string): Promise<Expected> {
  const at = (name: string) => path.join(folder, 'locked', name);
  await mkdir(at('folder'), { recursive: true });
  await writeFile(at('file.png'), await picture());
  await writeFile(at('folder/file.png'), await picture());
  await chmod(at('file.png'), 0);
  await chmod(at('folder'), 0);
  return new Map([
    ['locked/file.png', 'rejected INVALID_INPUT'],
    ['locked/folder', 'rejected UNREADABLE_FOLDER'],
  ]);
}
