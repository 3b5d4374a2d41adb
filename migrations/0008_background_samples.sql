-- What a query is like to images in general: a random sample of each model's images, which similarities are measured against.

CREATE TABLE background_samples (
  model_id    integer PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
  image_count bigint NOT NULL CHECK (image_count >= 0),
  drawn_at    timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE background_samples IS 'One row for each model whose background sample has been drawn: the images that standard scores are measured against.';
COMMENT ON COLUMN background_samples.model_id IS 'The model whose embeddings are compared.';
COMMENT ON COLUMN background_samples.image_count IS 'How many images had an embedding of the model when the sample was drawn: with more than twice as many it is drawn again.';
COMMENT ON COLUMN background_samples.drawn_at IS 'When the sample was drawn, to the millisecond.';

CREATE TABLE background_images (
  model_id integer NOT NULL,
  image_id bigint NOT NULL,
  PRIMARY KEY (model_id, image_id),
  -- A deleted image falls out of the sample, and what remains is still a random sample.
  FOREIGN KEY (model_id, image_id) REFERENCES image_embeddings (model_id, image_id) ON DELETE CASCADE
);
COMMENT ON TABLE background_images IS 'The images of each background sample, at most 1,000 for a model, drawn at random.';
COMMENT ON COLUMN background_images.model_id IS 'The model that the sample belongs to.';
COMMENT ON COLUMN background_images.image_id IS 'An image of the sample; it has an embedding of the model.';
