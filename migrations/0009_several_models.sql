-- Several models side by side: which of them are kept up to date, what they could not embed, and how fast it goes.

ALTER TABLE models ADD COLUMN state text NOT NULL DEFAULT 'PAUSED' CHECK (state IN ('EMBEDDING', 'PAUSED', 'RETIRED'));
UPDATE models SET state = 'EMBEDDING' WHERE active;
ALTER TABLE models ADD CONSTRAINT models_active_embeds CHECK (NOT active OR state = 'EMBEDDING');
COMMENT ON COLUMN models.state IS 'EMBEDDING: every image is embedded with it; the active model always is. PAUSED: its embeddings stay, and no more are made. RETIRED: it has none.';
COMMENT ON TABLE models IS 'Every model that ever embedded something here. Exactly one is active: searches use it.';

CREATE TABLE model_failures (
  model_id  integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  image_id  bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  code      text NOT NULL,
  message   text NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model_id, image_id)
);
-- For the cascade.
CREATE INDEX model_failures_image ON model_failures (image_id);
COMMENT ON TABLE model_failures IS 'READY images that a model other than the active one could not embed. They are not tried again until the model is registered again.';
COMMENT ON COLUMN model_failures.code IS 'UNREADABLE, ORIGINAL_MISSING or INTERNAL, as images.failure_code.';
COMMENT ON COLUMN model_failures.message IS 'What was wrong and what to do, as images.failure_message.';

CREATE TABLE model_batches (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  model_id    integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  images      integer NOT NULL CHECK (images > 0),
  started_at  timestamptz NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX model_batches_finished_at ON model_batches (model_id, finished_at);
COMMENT ON TABLE model_batches IS 'What the background job that embeds the collection with another model did in the last minute: how fast it goes.';
COMMENT ON COLUMN model_batches.images IS 'How many images were embedded, or found to be impossible to embed.';
