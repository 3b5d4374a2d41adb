-- Near duplicates: a perceptual hash of each image, and the pairs that look alike to both hash and model.

ALTER TABLE images ADD COLUMN perceptual_hash bigint;
-- What a comparison with every image reads: narrow, where a row of `images` is not.
CREATE INDEX images_perceptual_hash ON images (id, perceptual_hash) WHERE perceptual_hash IS NOT NULL;
COMMENT ON COLUMN images.perceptual_hash IS '64 bits that differ in few places between versions of one picture. NULL until it is computed, and where a picture has nothing to be told by.';

CREATE TABLE duplicate_pairs (
  model_id      integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  earlier_id    bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  later_id      bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  similarity    double precision NOT NULL,
  hash_distance smallint NOT NULL CHECK (hash_distance BETWEEN 0 AND 64),
  PRIMARY KEY (model_id, earlier_id, later_id),
  CHECK (earlier_id < later_id)
);
-- For the cascade.
CREATE INDEX duplicate_pairs_earlier ON duplicate_pairs (earlier_id);
CREATE INDEX duplicate_pairs_later ON duplicate_pairs (later_id);
COMMENT ON TABLE duplicate_pairs IS 'Images that are near duplicates of each other by the embeddings of one model and by their perceptual hashes.';
COMMENT ON COLUMN duplicate_pairs.similarity IS 'Cosine similarity of the two embeddings.';
COMMENT ON COLUMN duplicate_pairs.hash_distance IS 'How many of the 64 bits of the two perceptual hashes differ.';

CREATE TABLE duplicate_searches (
  model_id integer NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  image_id bigint NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  PRIMARY KEY (model_id, image_id)
);
CREATE INDEX duplicate_searches_image ON duplicate_searches (image_id);
COMMENT ON TABLE duplicate_searches IS 'Images whose near duplicates among those that were READY before have been looked for under a model. The others wait for it.';
