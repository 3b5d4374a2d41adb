-- Label sets: labels that every image is classified with, the classifications, and what people say of them.
--
-- A set has versions, because readers see the old classification whole until the new one is whole; a run classifies all
-- images with one version under one model. `label_sets.ready_run_id` is the run that readers see.

CREATE TABLE label_sets (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 200),
  version    integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE label_sets IS 'Sets of labels. Every READY image is classified with every set.';
COMMENT ON COLUMN label_sets.id IS 'Identifies the set.';
COMMENT ON COLUMN label_sets.name IS 'What people call the set.';
COMMENT ON COLUMN label_sets.version IS 'The newest version that is defined. What readers see may be older: see ready_run_id.';
COMMENT ON COLUMN label_sets.created_at IS 'When the set was made.';
COMMENT ON COLUMN label_sets.updated_at IS 'When its name or definition last changed.';

CREATE TABLE label_set_versions (
  label_set_id        integer NOT NULL REFERENCES label_sets (id) ON DELETE CASCADE,
  version             integer NOT NULL CHECK (version > 0),
  templates           text[] NOT NULL CHECK (cardinality(templates) > 0),
  independent         boolean NOT NULL,
  background          text[] NOT NULL DEFAULT '{}',
  threshold           real CHECK (threshold BETWEEN 0 AND 1),
  temperature         double precision NOT NULL DEFAULT 1 CHECK (temperature > 0),
  bias                double precision,
  calibrated_model_id integer REFERENCES models (id) ON DELETE SET NULL,
  created_at          timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (label_set_id, version)
);
COMMENT ON TABLE label_set_versions IS 'What a set was defined as at each version. Rows never change.';
COMMENT ON COLUMN label_set_versions.label_set_id IS 'The set.';
COMMENT ON COLUMN label_set_versions.version IS 'From 1, without gaps.';
COMMENT ON COLUMN label_set_versions.templates IS 'Prompt templates with {label} in the place of a prompt of a label.';
COMMENT ON COLUMN label_set_versions.independent IS 'False: labels exclude each other (softmax). True: each label stands alone (sigmoid).';
COMMENT ON COLUMN label_set_versions.background IS 'Prompts of an exclusive set that stand for "none of these": each competes with the labels, and none of them is a label.';
COMMENT ON COLUMN label_set_versions.threshold IS 'The least score at which an image has a label that has no threshold of its own; NULL: 0 in an exclusive set, 0.5 in an independent one.';
COMMENT ON COLUMN label_set_versions.temperature IS 'What the model''s logit scale is divided by under calibrated_model_id; under any other model it counts as 1.';
COMMENT ON COLUMN label_set_versions.bias IS 'What is added to the logit of an independent label under calibrated_model_id; NULL, and under any other model: the logarithm of the prior odds.';
COMMENT ON COLUMN label_set_versions.calibrated_model_id IS 'The model that temperature, bias and label_versions.calibrated_threshold were found for; NULL: none.';
COMMENT ON COLUMN label_set_versions.created_at IS 'When the version was defined.';

CREATE TABLE labels (
  id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_set_id integer NOT NULL REFERENCES label_sets (id) ON DELETE CASCADE,
  name         text NOT NULL CHECK (name <> ''),
  created_at   timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX labels_label_set ON labels (label_set_id, name, id);
COMMENT ON TABLE labels IS 'The labels of sets, those that newer versions have left out included. A label is the same one in every version.';
COMMENT ON COLUMN labels.id IS 'Identifies the label, whatever it is called.';
COMMENT ON COLUMN labels.label_set_id IS 'The set that it belongs to.';
COMMENT ON COLUMN labels.name IS 'Its name in the newest version that has it.';
COMMENT ON COLUMN labels.created_at IS 'When it was first defined.';

CREATE TABLE label_versions (
  label_set_id         integer NOT NULL,
  version              integer NOT NULL,
  label_id             integer NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
  position             integer NOT NULL CHECK (position > 0),
  name                 text NOT NULL,
  prompts              text[] NOT NULL CHECK (cardinality(prompts) > 0),
  threshold            real CHECK (threshold BETWEEN 0 AND 1),
  calibrated_threshold real CHECK (calibrated_threshold BETWEEN 0 AND 1),
  PRIMARY KEY (label_id, version),
  FOREIGN KEY (label_set_id, version) REFERENCES label_set_versions (label_set_id, version) ON DELETE CASCADE,
  UNIQUE (label_set_id, version, position),
  UNIQUE (label_set_id, version, name)
);
COMMENT ON TABLE label_versions IS 'The labels of each version of a set. Rows never change.';
COMMENT ON COLUMN label_versions.label_set_id IS 'The set.';
COMMENT ON COLUMN label_versions.version IS 'The version of the set.';
COMMENT ON COLUMN label_versions.label_id IS 'The label.';
COMMENT ON COLUMN label_versions.position IS 'Its place in the set, from 1.';
COMMENT ON COLUMN label_versions.name IS 'What it is called in this version.';
COMMENT ON COLUMN label_versions.prompts IS 'What is put into the templates: words for the label, in any language the model speaks.';
COMMENT ON COLUMN label_versions.threshold IS 'The least score at which an image has the label; NULL: that of the set.';
COMMENT ON COLUMN label_versions.calibrated_threshold IS 'The threshold that counts under calibrated_model_id of the version, where the label has none of its own.';

CREATE TABLE label_set_runs (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label_set_id  integer NOT NULL,
  version       integer NOT NULL,
  model_id      integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  state         text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'CLASSIFYING', 'WHOLE', 'FAILED')),
  failure       text CHECK ((state = 'FAILED') = (failure IS NOT NULL)),
  last_image_id bigint NOT NULL DEFAULT 0,
  done          integer NOT NULL DEFAULT 0,
  total         integer NOT NULL DEFAULT 0,
  created_at    timestamptz(3) NOT NULL DEFAULT now(),
  started_at    timestamptz(3),
  completed_at  timestamptz(3) CHECK ((state = 'WHOLE') = (completed_at IS NOT NULL)),
  UNIQUE (label_set_id, version, model_id),
  FOREIGN KEY (label_set_id, version) REFERENCES label_set_versions (label_set_id, version) ON DELETE CASCADE
);
CREATE INDEX label_set_runs_model ON label_set_runs (model_id);
COMMENT ON TABLE label_set_runs IS 'Classifications of all images with one version of a set under one model. Old ones are deleted, but for the latest of the version before.';
COMMENT ON COLUMN label_set_runs.id IS 'Identifies the run.';
COMMENT ON COLUMN label_set_runs.label_set_id IS 'The set.';
COMMENT ON COLUMN label_set_runs.version IS 'The version of the set that images are classified with.';
COMMENT ON COLUMN label_set_runs.model_id IS 'The model whose embeddings are compared.';
COMMENT ON COLUMN label_set_runs.state IS 'WAITING: its labels are not embedded yet. CLASSIFYING: images are being classified. WHOLE: every image is. FAILED: failure says why.';
COMMENT ON COLUMN label_set_runs.failure IS 'Why the labels could not be embedded; NULL unless FAILED.';
COMMENT ON COLUMN label_set_runs.last_image_id IS 'Images up to this id have been classified.';
COMMENT ON COLUMN label_set_runs.done IS 'How many images the run has classified so far, those not counted that were classified when they became READY.';
COMMENT ON COLUMN label_set_runs.total IS 'How many images there were to classify when it began.';
COMMENT ON COLUMN label_set_runs.created_at IS 'When it was asked for.';
COMMENT ON COLUMN label_set_runs.started_at IS 'When the first image was about to be classified.';
COMMENT ON COLUMN label_set_runs.completed_at IS 'When every image was classified.';

ALTER TABLE label_sets ADD COLUMN ready_run_id integer REFERENCES label_set_runs (id) ON DELETE SET NULL;
CREATE INDEX label_sets_ready_run ON label_sets (ready_run_id);
COMMENT ON COLUMN label_sets.ready_run_id IS 'The run that readers see: the newest that is whole. It may be of an older version or of another model than the newest; NULL until one is whole.';

CREATE TABLE label_embeddings (
  run_id    integer NOT NULL REFERENCES label_set_runs (id) ON DELETE CASCADE,
  position  integer NOT NULL,
  label_id  integer REFERENCES labels (id) ON DELETE CASCADE,
  threshold real NOT NULL,
  embedding vector NOT NULL,
  PRIMARY KEY (run_id, position)
);
CREATE INDEX label_embeddings_label ON label_embeddings (label_id);
-- Inline: images are compared with all of them, one after the other.
ALTER TABLE label_embeddings ALTER COLUMN embedding SET STORAGE PLAIN;
COMMENT ON TABLE label_embeddings IS 'What images are compared with in a run: the unit vectors of its labels and of its background.';
COMMENT ON COLUMN label_embeddings.run_id IS 'The run, and by it the version and the model.';
COMMENT ON COLUMN label_embeddings.position IS 'The label''s place in the set, from 1; the background has negative ones.';
COMMENT ON COLUMN label_embeddings.label_id IS 'The label; NULL for the background.';
COMMENT ON COLUMN label_embeddings.threshold IS 'The least score at which an image has the label in this run.';
COMMENT ON COLUMN label_embeddings.embedding IS 'The mean direction of the embeddings of its prompts in all templates.';

CREATE TABLE classifications (
  run_id        integer NOT NULL REFERENCES label_set_runs (id) ON DELETE CASCADE,
  label_id      integer NOT NULL,
  image_id      bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  classified_at timestamptz(3) NOT NULL DEFAULT now(),
  score         real NOT NULL CHECK (score BETWEEN 0 AND 1),
  similarity    real NOT NULL,
  rank          smallint NOT NULL CHECK (rank > 0),
  assigned      boolean NOT NULL,
  PRIMARY KEY (image_id, run_id, label_id)
);
CREATE INDEX classifications_by_label ON classifications (run_id, label_id, score DESC, image_id);
COMMENT ON TABLE classifications IS 'Which labels fit which images: for each image and run its best label, and every label that scores at least 0.05 (exclusive sets), or at least 0.5 or its threshold, whichever is less (independent sets).';
COMMENT ON COLUMN classifications.run_id IS 'The run, and by it set, version and model. Readers see the one that label_sets.ready_run_id names.';
-- No foreign key: a label goes only with its set, and with that the run; checking millions of rows for it would take seconds.
COMMENT ON COLUMN classifications.label_id IS 'The label.';
COMMENT ON COLUMN classifications.image_id IS 'The image.';
COMMENT ON COLUMN classifications.classified_at IS 'When the image was classified.';
COMMENT ON COLUMN classifications.score IS 'Probability of the label: among all labels of an exclusive set, by itself in an independent one.';
COMMENT ON COLUMN classifications.similarity IS 'Cosine similarity of the image and the label.';
COMMENT ON COLUMN classifications.rank IS 'The label''s place among all of the image, from 1; "none of these" of an exclusive set takes part.';
COMMENT ON COLUMN classifications.assigned IS 'Whether the image has the label: it reaches its threshold and, in an exclusive set, is the best.';

CREATE TABLE label_feedback (
  label_id integer NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
  image_id bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  accepted boolean NOT NULL,
  given_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (label_id, image_id)
);
CREATE INDEX label_feedback_image ON label_feedback (image_id);
COMMENT ON TABLE label_feedback IS 'What people say of labels on images. It changes no classification: sets are calibrated and evaluated with it.';
COMMENT ON COLUMN label_feedback.label_id IS 'The label.';
COMMENT ON COLUMN label_feedback.image_id IS 'The image.';
COMMENT ON COLUMN label_feedback.accepted IS 'True: the label fits the image. False: it does not.';
COMMENT ON COLUMN label_feedback.given_at IS 'When that was said last.';
