import { z } from 'zod';
import type { Database } from './database.js';

/** What a key lets its holder do: each role includes the ones before it. */
export const API_KEY_ROLES = ['read', 'write', 'admin'] as const;
export type ApiKeyRole = (typeof API_KEY_ROLES)[number];

/** A row of `api_keys`, without the hash. */
export interface ApiKeyRow {
  readonly id: number;
  readonly name: string;
  readonly role: ApiKeyRole;
  readonly createdAt: Date;
}

const role = z.enum(API_KEY_ROLES);
const PUBLIC = { id: true, name: true, role: true, createdAt: true } as const;

type Prisma = Pick<Database, 'prisma'>;

/**
 * @param key its `sha256` is that of the whole key, 32 bytes
 * @returns undefined when the name is taken
 */
export async function createApiKey(
  { prisma }: Prisma,
  key: { readonly name: string; readonly role: ApiKeyRole; readonly sha256: Uint8Array },
): Promise<ApiKeyRow | undefined> {
  // One statement that skips a taken name: two processes that use it at once both get an answer.
  const created = await prisma.apiKey.createManyAndReturn({
    data: [{ name: key.name, role: key.role, keySha256: new Uint8Array(key.sha256) }],
    skipDuplicates: true,
    select: PUBLIC,
  });
  return created.map(parse)[0];
}

/** All keys, by name. */
export async function listApiKeys({ prisma }: Prisma): Promise<ApiKeyRow[]> {
  const rows = await prisma.apiKey.findMany({ select: PUBLIC, orderBy: [{ name: 'asc' }, { id: 'asc' }] });
  return rows.map(parse);
}

/** @returns whether there was a key of that name */
export async function deleteApiKey({ prisma }: Prisma, name: string): Promise<boolean> {
  const { count } = await prisma.apiKey.deleteMany({ where: { name } });
  return count > 0;
}

/** @param sha256 of the whole key, 32 bytes */
export async function findApiKeyByHash(
  { prisma }: Prisma,
  sha256: Uint8Array,
): Promise<ApiKeyRow | undefined> {
  const row = await prisma.apiKey.findUnique({
    where: { keySha256: new Uint8Array(sha256) },
    select: PUBLIC,
  });
  return row === null ? undefined : parse(row);
}

export async function countApiKeys({ prisma }: Prisma): Promise<number> {
  return prisma.apiKey.count();
}

function parse(row: { id: number; name: string; role: string; createdAt: Date }): ApiKeyRow {
  return { ...row, role: role.parse(row.role) };
}
