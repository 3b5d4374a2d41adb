-- Searches that are kept, the log of what was searched, and when an image became READY.

ALTER TABLE images ADD COLUMN ready_at timestamptz(3);
UPDATE images AS i SET ready_at = e.created_at
FROM (SELECT image_id, min(created_at) AS created_at FROM image_embeddings GROUP BY image_id) AS e
WHERE e.image_id = i.id AND i.status = 'READY';
CREATE INDEX images_ready_at ON images (ready_at, id);
COMMENT ON COLUMN images.ready_at IS 'When the image became READY for the first time, to the millisecond; another model that embeds it later does not change this.';

CREATE TABLE searches (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name           text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 200),
  query          jsonb NOT NULL,
  filter         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(filter) = 'object'),
  min_similarity double precision CHECK (min_similarity BETWEEN -1 AND 1),
  model_id       integer NOT NULL REFERENCES models (id),
  embedding      vector NOT NULL,
  created_at     timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE searches IS 'Saved searches.';
COMMENT ON COLUMN searches.query IS 'What is looked for, as it was given: {"text": …}, {"vector": …}, {"image": {"id": …}} with the id of images, and so on. Texts can be encoded anew by another model.';
COMMENT ON COLUMN searches.filter IS 'The filter as it was given, in the form of ImageFilter of the GraphQL schema; ids in it are global ids.';
COMMENT ON COLUMN searches.min_similarity IS 'Matches below this cosine similarity are left out.';
COMMENT ON COLUMN searches.embedding IS 'The unit vector that model_id gave for the query. Never compared with embeddings of another model.';

CREATE TABLE search_log (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  searched_at     timestamptz(3) NOT NULL,
  kind            text NOT NULL,
  text            text,
  filtered        boolean NOT NULL,
  matches         integer NOT NULL CHECK (matches >= 0),
  best_similarity double precision,
  candidates      integer,
  strategy        text NOT NULL,
  encode_ms       double precision NOT NULL,
  database_ms     double precision NOT NULL,
  model_id        integer REFERENCES models (id) ON DELETE SET NULL
);
CREATE INDEX search_log_searched_at ON search_log (searched_at, id);
COMMENT ON TABLE search_log IS 'What was searched. One row a search, pages after the first not counted; rows older than SEARCH_LOG_DAYS are deleted. Nothing says who asked.';
COMMENT ON COLUMN search_log.kind IS 'What was looked for: text, image, file, vector and so on.';
COMMENT ON COLUMN search_log.text IS 'The text, white space normalised; NULL where something else was looked for.';
COMMENT ON COLUMN search_log.filtered IS 'Whether a filter was given.';
COMMENT ON COLUMN search_log.matches IS 'How many matches the first page had.';
COMMENT ON COLUMN search_log.best_similarity IS 'The cosine similarity of the first match under model_id; NULL without a match.';
COMMENT ON COLUMN search_log.candidates IS 'How many images matched the filter; NULL for more than the planner counts.';
COMMENT ON COLUMN search_log.strategy IS 'How the database answered: EXACT or INDEX.';

CREATE TABLE search_log_days (
  day            date PRIMARY KEY,
  searches       integer NOT NULL,
  empty_searches integer NOT NULL,
  total_ms       double precision NOT NULL
);
COMMENT ON TABLE search_log_days IS 'How many searches each day (UTC) had. No texts, so it is kept for good.';
COMMENT ON COLUMN search_log_days.empty_searches IS 'Those without any match.';
COMMENT ON COLUMN search_log_days.total_ms IS 'Milliseconds that all of them took, for encoding and for the database.';
