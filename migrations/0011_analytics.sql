-- The schema `analytics`: views and functions for people who write SQL. The tables stay out of their sight: views read them with
-- the rights of whoever migrates, and functions read only these views, with the rights of whoever calls them. The role that may
-- read the schema is made, and made anew in a database that was restored elsewhere, by src/db/analyst-role.ts.

-- Loads pgvector's library. Before, its settings are not known, and only superusers could give them to functions.
SELECT '[1]'::vector;

CREATE TABLE projections (
  model_id     integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  image_id     bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  x            real NOT NULL,
  y            real NOT NULL,
  projected_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (model_id, image_id)
);
CREATE INDEX projections_image ON projections (image_id);
COMMENT ON TABLE projections IS 'Embeddings of images laid out in the plane, for plots. Written by `pictograph project`.';
COMMENT ON COLUMN projections.model_id IS 'The model whose embeddings were laid out.';
COMMENT ON COLUMN projections.image_id IS 'The image.';
COMMENT ON COLUMN projections.x IS 'To the right. Only distances between images of one projection mean something.';
COMMENT ON COLUMN projections.y IS 'Upwards.';
COMMENT ON COLUMN projections.projected_at IS 'When the projection was made that this place is of.';

CREATE TABLE text_requests (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text         text NOT NULL UNIQUE CHECK (char_length(text) BETWEEN 1 AND 1000),
  requested_at timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE text_requests IS 'Texts that analysts want to be encoded. A running server takes them out, within moments.';
COMMENT ON COLUMN text_requests.id IS 'In the order of asking.';
COMMENT ON COLUMN text_requests.text IS 'The text, normalised.';
COMMENT ON COLUMN text_requests.requested_at IS 'When it was asked for.';

DO $$
BEGIN
  IF to_regnamespace('analytics') IS NOT NULL THEN
    RAISE EXCEPTION 'There is a schema analytics already, and it is not Pictograph''s.'
      USING ERRCODE = 'duplicate_schema', HINT = 'Give it another name (ALTER SCHEMA analytics RENAME TO …), or let Pictograph have a database of its own.';
  END IF;
END $$;

CREATE SCHEMA analytics;
COMMENT ON SCHEMA analytics IS 'Images, embeddings and searches for people who write SQL: see docs/sql-analytics.md. Everything is of the active model unless it says otherwise.';

-- Views

CREATE VIEW analytics.models AS
SELECT m.id, m.name, m.revision, m.dtype, m.dimensions, m.logit_scale, m.active, m.created_at,
  (SELECT count(*) FROM image_embeddings AS e WHERE e.model_id = m.id) AS images
FROM models AS m;
COMMENT ON VIEW analytics.models IS 'Models that have embedded something here. Vectors of different models cannot be compared.';
COMMENT ON COLUMN analytics.models.id IS 'What functions take as `model`.';
COMMENT ON COLUMN analytics.models.name IS 'Name of the model.';
COMMENT ON COLUMN analytics.models.revision IS 'Revision of its files.';
COMMENT ON COLUMN analytics.models.dtype IS 'Number type of its weights.';
COMMENT ON COLUMN analytics.models.dimensions IS 'Length of its vectors.';
COMMENT ON COLUMN analytics.models.logit_scale IS 'What cosine similarities are multiplied with before a softmax over labels.';
COMMENT ON COLUMN analytics.models.active IS 'Whether it is the one that searches use; one is.';
COMMENT ON COLUMN analytics.models.created_at IS 'When it was first used here.';
COMMENT ON COLUMN analytics.models.images IS 'How many images have a vector of it.';

CREATE VIEW analytics.image_vectors AS
SELECT model_id, image_id, embedding FROM image_embeddings;
COMMENT ON VIEW analytics.image_vectors IS 'Embeddings of images under every model; `images` has those of the active one.';
COMMENT ON COLUMN analytics.image_vectors.model_id IS 'The model: models.id.';
COMMENT ON COLUMN analytics.image_vectors.image_id IS 'The image: images.id.';
COMMENT ON COLUMN analytics.image_vectors.embedding IS 'Unit vector. 1 - (a <=> b) is the cosine similarity of two.';

CREATE VIEW analytics.text_vectors AS
SELECT model_id, text, text_md5, embedding, created_at FROM text_embeddings;
COMMENT ON VIEW analytics.text_vectors IS 'Every text that was ever encoded: searches, labels, and what `pictograph encode-text` was given. text_vector(…) finds one.';
COMMENT ON COLUMN analytics.text_vectors.model_id IS 'The model: models.id.';
COMMENT ON COLUMN analytics.text_vectors.text IS 'The text: Unicode NFC, white space normalised.';
COMMENT ON COLUMN analytics.text_vectors.text_md5 IS 'MD5 of the text, which its index is on.';
COMMENT ON COLUMN analytics.text_vectors.embedding IS 'Unit vector.';
COMMENT ON COLUMN analytics.text_vectors.created_at IS 'When it was encoded.';

CREATE VIEW analytics.images AS
SELECT i.id, i.filename, i.title, i.tags, i.metadata, i.media_type, i.width, i.height, i.byte_size,
  encode(i.sha256, 'hex') AS sha256, i.taken_at, i.latitude, i.longitude, i.camera, i.frame_count,
  i.status::text AS status, i.failure_code, i.created_at, i.updated_at, i.ready_at,
  translate(encode(('Image:' || i.id)::bytea, 'base64'), '+/=', '-_') AS graphql_id,
  e.embedding
FROM images AS i
LEFT JOIN image_embeddings AS e
  ON e.image_id = i.id AND e.model_id = (SELECT m.id FROM models AS m WHERE m.active);
COMMENT ON VIEW analytics.images IS 'One row an image: what is known of it, and its embedding under the active model.';
COMMENT ON COLUMN analytics.images.id IS 'Number of the image; other views name it image_id.';
COMMENT ON COLUMN analytics.images.filename IS 'Name of the file that it came as.';
COMMENT ON COLUMN analytics.images.title IS 'Title.';
COMMENT ON COLUMN analytics.images.tags IS 'Tags. unnest(tags) gives a row each.';
COMMENT ON COLUMN analytics.images.metadata IS 'What was given with the image, a JSON object: metadata ->> ''key''.';
COMMENT ON COLUMN analytics.images.media_type IS 'Media type, such as image/jpeg.';
COMMENT ON COLUMN analytics.images.width IS 'Pixels, upright.';
COMMENT ON COLUMN analytics.images.height IS 'Pixels, upright.';
COMMENT ON COLUMN analytics.images.byte_size IS 'Bytes of the original.';
COMMENT ON COLUMN analytics.images.sha256 IS 'SHA-256 of the original, hexadecimal: it is served at /originals/<sha256>.';
COMMENT ON COLUMN analytics.images.taken_at IS 'When the picture was taken, where that is known.';
COMMENT ON COLUMN analytics.images.latitude IS 'Degrees north, where that is known.';
COMMENT ON COLUMN analytics.images.longitude IS 'Degrees east, where that is known.';
COMMENT ON COLUMN analytics.images.camera IS 'Camera, as the file names it.';
COMMENT ON COLUMN analytics.images.frame_count IS 'Frames of an animation; 1 for stills.';
COMMENT ON COLUMN analytics.images.status IS 'PENDING, READY or FAILED. Only READY images have an embedding.';
COMMENT ON COLUMN analytics.images.failure_code IS 'Why it is FAILED.';
COMMENT ON COLUMN analytics.images.created_at IS 'When it was added.';
COMMENT ON COLUMN analytics.images.updated_at IS 'When it was last changed.';
COMMENT ON COLUMN analytics.images.ready_at IS 'When it could first be searched.';
COMMENT ON COLUMN analytics.images.graphql_id IS 'Its id in GraphQL: { image(id: "…") { url } }.';
COMMENT ON COLUMN analytics.images.embedding IS 'Unit vector under the active model; NULL until the image is READY. 1 - (a <=> b) is the cosine similarity of two.';

CREATE VIEW analytics.duplicate_pairs AS
SELECT model_id, earlier_id, later_id, similarity, hash_distance FROM duplicate_pairs;
COMMENT ON VIEW analytics.duplicate_pairs IS 'Pairs of near duplicates under every model, from a similarity of 0.8 on; duplicates(…) has those of one.';
COMMENT ON COLUMN analytics.duplicate_pairs.model_id IS 'The model: models.id.';
COMMENT ON COLUMN analytics.duplicate_pairs.earlier_id IS 'The image that was added first.';
COMMENT ON COLUMN analytics.duplicate_pairs.later_id IS 'The other one.';
COMMENT ON COLUMN analytics.duplicate_pairs.similarity IS 'Cosine similarity of their embeddings.';
COMMENT ON COLUMN analytics.duplicate_pairs.hash_distance IS 'How many of 64 bits of their perceptual hashes differ, at most 16.';

-- The length of the mean of unit vectors is the mean of their cosine similarities with its direction.
CREATE VIEW analytics.centroids AS
SELECT 'tag' AS kind, tag AS name, count(*) AS images, vector_norm(avg(embedding)) AS cohesion,
  l2_normalize(avg(embedding)) AS centroid
FROM analytics.images CROSS JOIN LATERAL unnest(tags) AS tag
WHERE embedding IS NOT NULL
GROUP BY tag
UNION ALL
SELECT 'month', to_char(coalesce(taken_at, created_at) AT TIME ZONE 'UTC', 'YYYY-MM'), count(*), vector_norm(avg(embedding)),
  l2_normalize(avg(embedding))
FROM analytics.images
WHERE embedding IS NOT NULL
GROUP BY 2;
COMMENT ON VIEW analytics.centroids IS 'What groups of images have in common: the mean direction of their embeddings. One row a group; filter by kind, so that only this kind is computed.';
COMMENT ON COLUMN analytics.centroids.kind IS 'What the images of a group share: tag or month.';
COMMENT ON COLUMN analytics.centroids.name IS 'The tag, or the month (2025-03, UTC) in which the images were taken, or added where that is not known.';
COMMENT ON COLUMN analytics.centroids.images IS 'How many images the group has.';
COMMENT ON COLUMN analytics.centroids.cohesion IS 'Mean cosine similarity of the images with their centroid: 1 when all are alike.';
COMMENT ON COLUMN analytics.centroids.centroid IS 'Unit vector. Comparable with embeddings of images and texts: nearest(centroid, 5).';

CREATE VIEW analytics.search_history AS
SELECT l.id, l.searched_at, l.kind, l.text, l.filtered, l.matches, l.best_similarity, l.candidates, l.strategy, l.encode_ms,
  l.database_ms, l.encode_ms + l.database_ms AS total_ms, m.name AS model
FROM search_log AS l LEFT JOIN models AS m ON m.id = l.model_id;
COMMENT ON VIEW analytics.search_history IS 'What was searched, under any model; kept for SEARCH_LOG_DAYS. Nothing says who asked.';
COMMENT ON COLUMN analytics.search_history.id IS 'Number of the search.';
COMMENT ON COLUMN analytics.search_history.searched_at IS 'When.';
COMMENT ON COLUMN analytics.search_history.kind IS 'What was looked for: text, image, file, vector and so on.';
COMMENT ON COLUMN analytics.search_history.text IS 'The text; NULL where something else was looked for.';
COMMENT ON COLUMN analytics.search_history.filtered IS 'Whether a filter was given.';
COMMENT ON COLUMN analytics.search_history.matches IS 'How many matches the first page had.';
COMMENT ON COLUMN analytics.search_history.best_similarity IS 'Cosine similarity of the first match.';
COMMENT ON COLUMN analytics.search_history.candidates IS 'How many images matched the filter; NULL for more than the planner counts.';
COMMENT ON COLUMN analytics.search_history.strategy IS 'How it was answered: EXACT or INDEX.';
COMMENT ON COLUMN analytics.search_history.encode_ms IS 'Milliseconds for encoding the query.';
COMMENT ON COLUMN analytics.search_history.database_ms IS 'Milliseconds in the database.';
COMMENT ON COLUMN analytics.search_history.total_ms IS 'Both together.';
COMMENT ON COLUMN analytics.search_history.model IS 'Name of the model; NULL when it is gone.';

CREATE VIEW analytics.search_days AS
SELECT day, searches, empty_searches, total_ms FROM search_log_days;
COMMENT ON VIEW analytics.search_days IS 'How many searches each day had; kept for good.';
COMMENT ON COLUMN analytics.search_days.day IS 'The day, in UTC.';
COMMENT ON COLUMN analytics.search_days.searches IS 'How many searches.';
COMMENT ON COLUMN analytics.search_days.empty_searches IS 'Those without any match.';
COMMENT ON COLUMN analytics.search_days.total_ms IS 'Milliseconds that all of them took.';

CREATE VIEW analytics.projection AS
SELECT image_id, x, y, projected_at FROM projections
WHERE model_id = (SELECT m.id FROM models AS m WHERE m.active);
COMMENT ON VIEW analytics.projection IS 'Images laid out in the plane so that similar ones lie close, for plots. `pictograph project` makes it anew; images that came later are missing.';
COMMENT ON COLUMN analytics.projection.image_id IS 'The image: images.id.';
COMMENT ON COLUMN analytics.projection.x IS 'To the right. Only distances between images mean something.';
COMMENT ON COLUMN analytics.projection.y IS 'Upwards.';
COMMENT ON COLUMN analytics.projection.projected_at IS 'When `pictograph project` ran.';

-- Functions

CREATE FUNCTION analytics.normalised_text(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  -- What JavaScript's \s is, as src/search/normalise-text.ts uses it: PostgreSQL's \s depends on the locale.
  SELECT btrim(regexp_replace(normalize(given, NFC),
    '[\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+', ' ', 'g'), ' ');
END;
COMMENT ON FUNCTION analytics.normalised_text(text) IS 'The form in which a text is encoded and stored: Unicode NFC, one space for every run of white space, none at the ends.';

CREATE FUNCTION analytics.active_model() RETURNS integer LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  found_id integer := (SELECT m.id FROM analytics.models AS m WHERE m.active);
BEGIN
  IF found_id IS NULL THEN
    RAISE EXCEPTION 'No model has embedded anything here yet.'
      USING ERRCODE = 'no_data_found', HINT = 'Start the server, or add images: npx pictograph ingest FOLDER';
  END IF;
  RETURN found_id;
END $$;
COMMENT ON FUNCTION analytics.active_model() IS 'The id of the model that searches use.';

CREATE FUNCTION analytics.text_vector(given text, model integer DEFAULT NULL) RETURNS vector LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  wanted text := analytics.normalised_text(given);
  found vector;
BEGIN
  IF wanted IS NULL THEN RETURN NULL; END IF;
  SELECT v.embedding INTO found FROM analytics.text_vectors AS v
  WHERE v.model_id = coalesce(model, analytics.active_model()) AND v.text_md5 = md5(wanted)::uuid AND v.text = wanted;
  IF found IS NULL THEN
    -- PGT01 is ours. The detail is the text alone: programs that can encode it read it there (src/db/analyst-query.ts).
    RAISE EXCEPTION 'The text % was never encoded, so it has no vector.', quote_literal(wanted)
      USING ERRCODE = 'PGT01', DETAIL = wanted,
        HINT = format('Encode it once: npx pictograph encode-text %s  On PostgreSQL, while a server runs, SQL can do it too, '
          'outside of a transaction: CALL analytics.encode_text(%L);',
          CASE WHEN wanted ~ '["$`\\!]' THEN '''' || replace(wanted, '''', '''\''''') || '''' ELSE '"' || wanted || '"' END,
          wanted);
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION analytics.text_vector(text, integer) IS 'The unit vector of a text, which must have been encoded once: by a search, as a label, by `pictograph encode-text "…"` or by CALL analytics.encode_text(…). Compare it with images: 1 - (embedding <=> analytics.text_vector(''red car'')). model: the active one unless given.';

-- Dynamic, because an index of one model is used only where the statement names its number and dimensions; both come from
-- `models`, and are numbers. The SETs let set_config() within end with the function. PostgreSQL 17 and later believe that
-- the window is sorted by `distance`, which an index scan in relaxed order does only nearly: hence `distance + 0`.
CREATE FUNCTION analytics.nearest(query vector, k integer DEFAULT 20, model integer DEFAULT NULL)
RETURNS TABLE (rank integer, similarity double precision, image_id bigint, filename text, title text, tags text[])
LANGUAGE plpgsql STABLE SET hnsw.ef_search = 100 SET hnsw.iterative_scan = relaxed_order AS $$
DECLARE
  model_id integer := coalesce(nearest.model, analytics.active_model());
  dimensions integer := (SELECT m.dimensions FROM analytics.models AS m WHERE m.id = model_id);
  most_by_index constant integer := 1000;
  distance text;
BEGIN
  IF k IS NULL OR k < 1 OR k > 100000 THEN
    RAISE EXCEPTION 'k is %, and must be from 1 to 100,000: it is the number of images that you want.', coalesce(k::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF dimensions IS NULL THEN
    RAISE EXCEPTION 'There is no model %.', model_id USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT id, name FROM analytics.models;';
  END IF;
  IF query IS NULL THEN RETURN; END IF;
  IF vector_dims(query) <> dimensions THEN
    RAISE EXCEPTION 'The vector has % dimensions, and those of model % have %: vectors of different models cannot be compared.',
      vector_dims(query), model_id, dimensions USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM set_config('hnsw.ef_search', greatest(100, least(2 * k, most_by_index))::text, true);
  -- Without the cast no index fits, and all images are compared.
  distance := CASE WHEN k <= most_by_index
    THEN format('v.embedding::vector(%1$s) <=> $1::vector(%1$s)', dimensions) ELSE 'v.embedding <=> $1' END;
  RETURN QUERY EXECUTE format($q$
    WITH nearest AS MATERIALIZED (
      SELECT v.image_id, %1$s AS distance FROM analytics.image_vectors AS v
      WHERE v.model_id = %2$s ORDER BY %1$s LIMIT $2
    )
    SELECT (row_number() OVER (ORDER BY n.distance + 0, n.image_id))::integer, 1 - n.distance, i.id, i.filename, i.title, i.tags
    FROM nearest AS n JOIN analytics.images AS i ON i.id = n.image_id
    ORDER BY n.distance + 0, n.image_id$q$, distance, model_id) USING query, k;
END $$;
COMMENT ON FUNCTION analytics.nearest(vector, integer, integer) IS 'The k images whose embeddings are nearest to a vector, by the index where that is faster (then now and then one is missed; up to 1,000). model: the active one unless given.';

CREATE FUNCTION analytics.nearest(query text, k integer DEFAULT 20, model integer DEFAULT NULL)
RETURNS TABLE (rank integer, similarity double precision, image_id bigint, filename text, title text, tags text[])
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT n.rank, n.similarity, n.image_id, n.filename, n.title, n.tags
  FROM analytics.nearest(analytics.text_vector(query, model), k, model) AS n ORDER BY n.rank, n.image_id;
END;
COMMENT ON FUNCTION analytics.nearest(text, integer, integer) IS 'The k images that fit a text best, as a search finds them: SELECT * FROM analytics.nearest(''red car'', 20). The text must have been encoded once: see text_vector. model: the active one unless given.';

CREATE FUNCTION analytics.duplicates(min_similarity double precision DEFAULT 0.95, model integer DEFAULT NULL)
RETURNS TABLE (earlier_id bigint, later_id bigint, earlier_filename text, later_filename text, similarity double precision, hash_distance smallint)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT p.earlier_id, p.later_id, a.filename, b.filename, p.similarity, p.hash_distance
  FROM analytics.duplicate_pairs AS p
  JOIN analytics.images AS a ON a.id = p.earlier_id
  JOIN analytics.images AS b ON b.id = p.later_id
  WHERE p.model_id = coalesce(duplicates.model, analytics.active_model()) AND p.similarity >= min_similarity
  ORDER BY p.similarity DESC, p.earlier_id, p.later_id;
END;
COMMENT ON FUNCTION analytics.duplicates(double precision, integer) IS 'Pairs of near duplicates, most similar first; min_similarity from 0.8 on, below it nothing is recorded. model: the active one unless given.';

CREATE FUNCTION analytics.outliers(k integer DEFAULT 20, model integer DEFAULT NULL)
RETURNS TABLE (image_id bigint, filename text, title text, similarity double precision, nearest_id bigint, nearest_filename text)
LANGUAGE plpgsql STABLE SET hnsw.ef_search = 100 SET hnsw.iterative_scan = relaxed_order AS $$
DECLARE
  model_id integer := coalesce(outliers.model, analytics.active_model());
  dimensions integer := (SELECT m.dimensions FROM analytics.models AS m WHERE m.id = model_id);
BEGIN
  IF k IS NULL OR k < 1 OR k > 1000 THEN
    RAISE EXCEPTION 'k is %, and must be from 1 to 1,000: it is the number of images that you want.', coalesce(k::text, 'NULL')
      USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF dimensions IS NULL THEN
    RAISE EXCEPTION 'There is no model %.', model_id USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT id, name FROM analytics.models;';
  END IF;
  RETURN QUERY EXECUTE format($q$
    WITH middle AS MATERIALIZED (
      SELECT avg(v.embedding) AS embedding FROM analytics.image_vectors AS v WHERE v.model_id = %2$s
    ), candidates AS MATERIALIZED (
      SELECT v.image_id, v.embedding FROM analytics.image_vectors AS v CROSS JOIN middle
      WHERE v.model_id = %2$s ORDER BY v.embedding <=> middle.embedding DESC, v.image_id LIMIT greatest(1000, 10 * $1)
    ), ranked AS (
      SELECT c.image_id, nearest.image_id AS nearest_id, nearest.distance
      FROM candidates AS c CROSS JOIN LATERAL (
        SELECT two.image_id, two.distance FROM (
          SELECT v.image_id, v.embedding::vector(%1$s) <=> c.embedding::vector(%1$s) AS distance
          FROM analytics.image_vectors AS v WHERE v.model_id = %2$s
          ORDER BY v.embedding::vector(%1$s) <=> c.embedding::vector(%1$s) LIMIT 2
        ) AS two WHERE two.image_id <> c.image_id ORDER BY two.distance + 0, two.image_id LIMIT 1
      ) AS nearest
    )
    SELECT i.id, i.filename, i.title, 1 - r.distance, n.id, n.filename
    FROM ranked AS r JOIN analytics.images AS i ON i.id = r.image_id JOIN analytics.images AS n ON n.id = r.nearest_id
    ORDER BY r.distance DESC, i.id LIMIT $1$q$, dimensions, model_id) USING k;
END $$;
COMMENT ON FUNCTION analytics.outliers(integer, integer) IS 'The k images that are most alone: those whose most similar other image is least similar. Beyond 1,000 images, or 10 * k, only those farthest from the middle of the collection are looked at. model: the active one unless given.';

-- SECURITY DEFINER: whoever may read `analytics` may ask, and write nothing else.
CREATE FUNCTION analytics.request_text(given text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  wanted text := analytics.normalised_text(given);
BEGIN
  IF wanted IS NULL OR char_length(wanted) NOT BETWEEN 1 AND 1000 THEN
    RAISE EXCEPTION 'A text has from 1 to 1,000 characters.' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF (SELECT count(*) FROM text_requests) >= 1000 THEN
    RAISE EXCEPTION '1,000 texts wait to be encoded, and nobody encodes them.' USING HINT = 'Start the server: npx pictograph serve';
  END IF;
  INSERT INTO text_requests (text) VALUES (wanted) ON CONFLICT (text) DO NOTHING;
  PERFORM pg_notify('pictograph_text_requested', '');
END $$;
REVOKE EXECUTE ON FUNCTION analytics.request_text(text) FROM PUBLIC;
COMMENT ON FUNCTION analytics.request_text(text) IS 'Asks a running server to encode a text, without waiting for it. encode_text waits.';

-- A procedure, because a server sees the request only when it is committed, and functions cannot commit.
CREATE PROCEDURE analytics.encode_text(given text) LANGUAGE plpgsql AS $$
DECLARE
  wanted text := analytics.normalised_text(given);
  deadline timestamptz := clock_timestamp() + interval '10 seconds';
BEGIN
  IF EXISTS (SELECT FROM analytics.text_vectors AS v WHERE v.model_id = analytics.active_model() AND v.text_md5 = md5(wanted)::uuid AND v.text = wanted) THEN
    RETURN;
  END IF;
  IF version() LIKE '%wasm32%' THEN
    RAISE EXCEPTION 'The embedded database has one session, so nobody can encode a text while this statement waits.'
      USING ERRCODE = 'feature_not_supported', HINT = format('Use the text as it is: pictograph sql and the analytics port encode what is missing. Or: npx pictograph encode-text "%s"', wanted);
  END IF;
  PERFORM analytics.request_text(wanted);
  COMMIT;
  LOOP
    PERFORM pg_sleep(0.02);
    EXIT WHEN EXISTS (SELECT FROM analytics.text_vectors AS v WHERE v.model_id = analytics.active_model() AND v.text_md5 = md5(wanted)::uuid AND v.text = wanted);
    IF clock_timestamp() > deadline THEN
      RAISE EXCEPTION 'No server has encoded the text within 10 seconds.'
        USING HINT = format('Is one running on this database? If not: npx pictograph encode-text "%s"', wanted);
    END IF;
    COMMIT;
  END LOOP;
END $$;
COMMENT ON PROCEDURE analytics.encode_text(text) IS 'Has a running server encode a text, once, and waits for it, up to 10 seconds; then text_vector and nearest know it. Not within a transaction, and not on the embedded database, where it is not needed.';

-- The embedded database has one session, which belongs to its superuser; there SET ROLE alone would hold nobody who writes
-- SQL, because RESET ROLE undoes it. Within a function that runs as its owner no role can be set, nothing be committed, and
-- the owner may read `analytics` only: src/db/analyst-query.ts sends all statements of analysts through this one.
DO $$
BEGIN
  IF version() NOT LIKE '%wasm32%' THEN RETURN; END IF;
  IF to_regrole('pictograph_analyst') IS NULL THEN
    CREATE ROLE pictograph_analyst NOLOGIN;
  END IF;
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  GRANT CREATE ON SCHEMA analytics TO pictograph_analyst;
  CREATE FUNCTION analytics.run_select(statement text) RETURNS SETOF record LANGUAGE plpgsql SECURITY DEFINER AS
    'BEGIN RETURN QUERY EXECUTE statement; END';
  COMMENT ON FUNCTION analytics.run_select(text) IS 'Runs one statement that returns rows as pictograph_analyst. Only on the embedded database, which needs it because all clients share one session.';
  REVOKE EXECUTE ON FUNCTION analytics.run_select(text) FROM PUBLIC;
  ALTER FUNCTION analytics.run_select(text) OWNER TO pictograph_analyst;
  REVOKE CREATE ON SCHEMA analytics FROM pictograph_analyst;
END $$;

-- Whoever calls a function decides on the search_path, and could put something of his own before ours. Bodies that begin with
-- BEGIN ATOMIC are bound already; a procedure that commits can have no setting, and names everything in full.
DO $$
DECLARE
  path text := (
    SELECT string_agg(format('%I', name), ', ') FROM (
      SELECT 'pg_catalog' AS name, 1 AS place
      UNION SELECT current_schema(), 2
      UNION SELECT n.nspname, 3 FROM pg_extension AS x JOIN pg_namespace AS n ON n.oid = x.extnamespace
        WHERE x.extname = 'vector' AND n.nspname <> current_schema()
      UNION SELECT 'pg_temp', 4
      ORDER BY place) AS schemas);
  routine regprocedure;
BEGIN
  FOR routine IN
    SELECT p.oid FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
    WHERE p.pronamespace = 'analytics'::regnamespace AND p.prokind = 'f' AND l.lanname = 'plpgsql' AND p.proname <> 'run_select'
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %s', routine, path);
  END LOOP;
END $$;
