-- The first schema: models, images, embeddings of images and of texts, and the state of background workers.
-- Forward only: this file never changes once released; a later file mends it.
--
-- The extension `vector` (pgvector) is created and its version checked before any migration runs: see src/db/migrate.ts.

CREATE TABLE models (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL,
  source      text NOT NULL,
  revision    text NOT NULL,
  dtype       text NOT NULL,
  dimensions  integer NOT NULL CHECK (dimensions BETWEEN 1 AND 2000),
  logit_scale double precision NOT NULL CHECK (logit_scale > 0),
  fingerprint text NOT NULL UNIQUE CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  active      boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX models_one_active ON models (active) WHERE active;
COMMENT ON TABLE models IS 'Every model that ever embedded something here. Exactly one is active.';
COMMENT ON COLUMN models.source IS 'What to load the model from: a name of the Hugging Face hub, or a folder.';
COMMENT ON COLUMN models.dimensions IS 'Length of an embedding; pgvector''s HNSW takes at most 2,000.';
COMMENT ON COLUMN models.fingerprint IS 'SHA-256 over the model''s files, dtype and preprocessing: equal fingerprints give equal embeddings.';

CREATE TYPE image_status AS ENUM ('PENDING', 'READY', 'FAILED');

CREATE TABLE images (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256          bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
  media_type      text NOT NULL,
  width           integer NOT NULL CHECK (width > 0),
  height          integer NOT NULL CHECK (height > 0),
  byte_size       bigint NOT NULL CHECK (byte_size > 0),
  filename        text,
  title           text,
  tags            text[] NOT NULL DEFAULT '{}',
  metadata        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
  status          image_status NOT NULL DEFAULT 'PENDING',
  failure_code    text,
  failure_message text,
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  CHECK ((status = 'FAILED') = (failure_code IS NOT NULL))
);
-- One index for each order that `images` offers; the id breaks ties and makes the order total.
CREATE INDEX images_created_at ON images (created_at, id);
CREATE INDEX images_updated_at ON images (updated_at, id);
CREATE INDEX images_filename ON images (filename, id);
CREATE INDEX images_byte_size ON images (byte_size, id);
CREATE INDEX images_tags ON images USING gin (tags);
CREATE INDEX images_not_ready ON images (status, id) WHERE status <> 'READY';
COMMENT ON TABLE images IS 'One row an image of the collection.';
COMMENT ON COLUMN images.sha256 IS 'SHA-256 of the original''s bytes: the same bytes are one image.';
COMMENT ON COLUMN images.media_type IS 'Media type found in the bytes.';
COMMENT ON COLUMN images.width IS 'Pixels, with EXIF orientation applied.';
COMMENT ON COLUMN images.height IS 'Pixels, with EXIF orientation applied.';
-- Milliseconds, because a JavaScript date has no more: what a cursor says is exactly what is stored.
COMMENT ON COLUMN images.created_at IS 'When the image was added, to the millisecond.';

CREATE TABLE image_embeddings (
  image_id   bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  model_id   integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  embedding  vector NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model_id, image_id)
);
CREATE INDEX image_embeddings_image ON image_embeddings (image_id);
-- A 512-dimensional vector is 2,056 bytes and would go to TOAST; inline, an exact scan is 2 to 3 times faster.
ALTER TABLE image_embeddings ALTER COLUMN embedding SET STORAGE PLAIN;
COMMENT ON TABLE image_embeddings IS 'Unit vectors of images, one an image and model. One HNSW cosine index a model: an expression index, made when the model is registered.';

CREATE TABLE text_embeddings (
  model_id   integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  text_md5   uuid GENERATED ALWAYS AS (md5(text)::uuid) STORED,
  text       text NOT NULL,
  embedding  vector NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (model_id, text_md5)
);
ALTER TABLE text_embeddings ALTER COLUMN embedding SET STORAGE PLAIN;
COMMENT ON TABLE text_embeddings IS 'Unit vectors of every text that was encoded, once.';
-- A B-tree entry takes at most 2,704 bytes and a text may have 1,000 characters of up to 4 bytes. The hash finds the
-- row; readers compare the text as well, so that two texts of one hash are never mistaken for each other.
COMMENT ON COLUMN text_embeddings.text_md5 IS 'Finds the text; not proof of it: compare the text too.';

CREATE TABLE worker_processes (
  worker_id text PRIMARY KEY,
  seen_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE worker_processes IS 'Job runners that are alive. Jobs of one that was not seen for a while are given to others.';

CREATE TABLE api_keys (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE,
  role       text NOT NULL CHECK (role IN ('read', 'write', 'admin')),
  key_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(key_sha256) = 32),
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE api_keys IS 'Who may use the API. The key itself is shown once and never stored.';
COMMENT ON COLUMN api_keys.key_sha256 IS 'SHA-256 of the key. Keys are 256 random bits, so a slow password hash would add nothing.';
