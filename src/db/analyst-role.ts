import type pg from 'pg';
import { z } from 'zod';
import { errorCode, OperatorError } from '../errors.js';
import type { Queryable } from './database.js';

/** The group role that may read the schema `analytics`, and nothing else. */
export const ANALYST_ROLE = 'pictograph_analyst';

const INSUFFICIENT_PRIVILEGE = '42501';
const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const UNDEFINED_OBJECT = '42704';

// By numbers and not by names: a process may run as a user that cannot look into the schema.
const SELECT_STATE = `/* analystRole.state */
  SELECT r.oid IS NOT NULL AS there,
    me.rolsuper OR me.rolcreaterole AS may_create,
    pg_has_role(n.nspowner, 'USAGE') AS may_grant,
    coalesce(has_schema_privilege(r.oid, n.oid, 'USAGE')
      AND (SELECT bool_and(has_table_privilege(r.oid, c.oid, 'SELECT')) FROM pg_class AS c
           WHERE c.relnamespace = n.oid AND c.relkind = 'v')
      AND (SELECT bool_and(has_function_privilege(r.oid, p.oid, 'EXECUTE')) FROM pg_proc AS p
           WHERE p.pronamespace = n.oid), false) AS granted,
    (SELECT format('%I', v.nspname) FROM pg_extension AS x JOIN pg_namespace AS v ON v.oid = x.extnamespace
     WHERE x.extname = 'vector' AND NOT has_schema_privilege(r.oid, v.oid, 'USAGE')
       AND has_schema_privilege(v.oid, 'USAGE WITH GRANT OPTION')) AS hidden_vector_schema
  FROM pg_roles AS me
  JOIN pg_namespace AS n ON n.nspname = 'analytics'
  LEFT JOIN pg_roles AS r ON r.rolname = '${ANALYST_ROLE}'
  WHERE me.rolname = current_user`;

const stateRow = z.object({
  there: z.boolean(),
  may_create: z.boolean(),
  may_grant: z.boolean(),
  granted: z.boolean(),
  hidden_vector_schema: z.string().nullable(),
});

/**
 * Makes the role `pictograph_analyst` where it is missing and this user may make roles, and lets it read `analytics`. Not a
 * migration: roles belong to the server, and a database that was restored on another one has lost them.
 *
 * @returns whether the role is there; false: only somebody who may make roles can make it
 */
export async function ensureAnalystRole(client: pg.ClientBase): Promise<boolean> {
  let state = await readState(client);
  if (!state.there && state.may_create) {
    await client.query(`/* analystRole.create */ CREATE ROLE ${ANALYST_ROLE} NOLOGIN`).catch(ignoreExisting);
    state = await readState(client);
  }
  if (!state.there) return false;
  if (!state.granted && state.may_grant) {
    await client.query(
      `/* analystRole.grant */
       GRANT USAGE ON SCHEMA analytics TO ${ANALYST_ROLE};
       GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ${ANALYST_ROLE};
       GRANT EXECUTE ON FUNCTION analytics.request_text(text) TO ${ANALYST_ROLE};`,
    );
  }
  if (state.hidden_vector_schema !== null) {
    await client.query(
      `/* analystRole.grantVector */ GRANT USAGE ON SCHEMA ${state.hidden_vector_schema} TO ${ANALYST_ROLE}`,
    );
  }
  return true;
}

/**
 * Makes a role of the server a member of `pictograph_analyst`.
 *
 * @throws OperatorError when the role does not exist, or when this user may not do that: with the statements for who may
 */
export async function grantAnalystRole(client: pg.ClientBase, role: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const statement = `GRANT ${ANALYST_ROLE} TO ${name};`;
  if (!(await ensureAnalystRole(client))) {
    throw new OperatorError(
      `There is no role ${ANALYST_ROLE}, and the user of DATABASE_URL may not create roles. Let a superuser run this, then ` +
        `start Pictograph or \`pictograph migrate\` once, which lets the role read the schema analytics:\n` +
        `  CREATE ROLE ${ANALYST_ROLE} NOLOGIN;\n  ${statement}`,
    );
  }
  try {
    await client.query(`/* analystRole.addMember */ ${statement}`);
  } catch (error) {
    if (errorCode(error) === UNDEFINED_OBJECT) {
      throw new OperatorError(
        `There is no role ${role}. Create it first: CREATE ROLE ${name} LOGIN PASSWORD '…';`,
        1,
        { cause: error },
      );
    }
    if (errorCode(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new OperatorError(
      `The user of DATABASE_URL may not grant ${ANALYST_ROLE}. Let a superuser, or who created that role, run:\n  ${statement}`,
      1,
      { cause: error },
    );
  }
}

/** Something that an analyst may do beyond reading `analytics`, and the statement that ends it. */
interface AnalystFreedom {
  readonly what: string;
  readonly remedy: string;
}

const freedomRow = z.object({ what: z.string(), remedy: z.string() });

const SELECT_FREEDOMS = `/* analystRole.freedoms */
  WITH analyst AS (SELECT oid FROM pg_roles WHERE rolname = '${ANALYST_ROLE}'),
  foreign_schemas AS (
    SELECT n.oid, n.nspname FROM pg_namespace AS n, analyst
    WHERE n.nspname NOT IN ('analytics', 'information_schema') AND n.nspname !~ '^pg_' AND has_schema_privilege(analyst.oid, n.oid, 'USAGE')
  )
  SELECT format('read or change %s', c.oid::regclass) AS what, format('REVOKE ALL ON %s FROM PUBLIC, ${ANALYST_ROLE};', c.oid::regclass) AS remedy, 1 AS place
  FROM pg_class AS c JOIN foreign_schemas AS n ON n.oid = c.relnamespace, analyst
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(analyst.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
  UNION ALL
  SELECT format('run %s with its owner''s rights', p.oid::regprocedure), format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', p.oid::regprocedure), 2
  FROM pg_proc AS p JOIN foreign_schemas AS n ON n.oid = p.pronamespace, analyst
  WHERE p.prosecdef AND has_function_privilege(analyst.oid, p.oid, 'EXECUTE')
  UNION ALL
  SELECT format('create objects in the schema %I', n.nspname), format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC;', n.nspname), 3
  FROM foreign_schemas AS n, analyst WHERE has_schema_privilege(analyst.oid, n.oid, 'CREATE')
  UNION ALL
  SELECT 'create temporary tables, which end with the session', format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC;', current_database()), 4
  FROM analyst WHERE has_database_privilege(analyst.oid, current_database(), 'TEMPORARY')
  UNION ALL
  SELECT format('store large objects of their own (%s)', p.oid::regprocedure), format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;', p.oid::regprocedure), 5
  FROM pg_proc AS p, analyst
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea')
    AND has_function_privilege(analyst.oid, p.oid, 'EXECUTE')
  UNION ALL
  SELECT format('do what the role %I may', r.rolname), format('REVOKE %I FROM ${ANALYST_ROLE};', r.rolname), 6
  FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid JOIN analyst ON analyst.oid = m.member
  ORDER BY place, what`;

/** What this database lets an analyst do beyond reading `analytics`: what PostgreSQL, or somebody, grants to everybody. */
export async function findAnalystFreedoms(db: Queryable): Promise<AnalystFreedom[]> {
  const { rows } = await db.query(SELECT_FREEDOMS);
  return rows.map((row) => freedomRow.parse(row));
}

async function readState(client: pg.ClientBase): Promise<z.infer<typeof stateRow>> {
  return stateRow.parse((await client.query(SELECT_STATE)).rows[0]);
}

/** Databases of one server share its roles: another one may have been faster. */
function ignoreExisting(error: unknown): void {
  if (errorCode(error) !== DUPLICATE_OBJECT && errorCode(error) !== UNIQUE_VIOLATION) throw error;
}
