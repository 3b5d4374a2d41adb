/** What the prompt of `pictograph sql` shows of the schema `analytics`: statements that an analyst may run. */

export const LIST_ANALYTICS = `/* analyticsCatalogue.list */
  SELECT 'view' AS kind, c.relname AS name, obj_description(c.oid, 'pg_class') AS description
  FROM pg_class AS c WHERE c.relnamespace = 'analytics'::regnamespace AND c.relkind = 'v'
  UNION ALL
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
    format('%s(%s)', p.proname, pg_get_function_arguments(p.oid)), obj_description(p.oid, 'pg_proc')
  FROM pg_proc AS p WHERE p.pronamespace = 'analytics'::regnamespace
  ORDER BY 1 DESC, 2`;

/** @param name as it was typed; with a schema or without */
export function describeRelation(name: string): string {
  const literal = name.replace(/^analytics\./, '').replaceAll("'", "''");
  return `/* analyticsCatalogue.describe */
    SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, col_description(a.attrelid, a.attnum) AS description
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'analytics'::regnamespace AND c.relname = '${literal}' AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum`;
}
