-- Images whose original is not kept but lies in a file of whoever operates Pictograph: `pictograph ingest --by-reference`.

CREATE TABLE image_references (
  image_id  bigint PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
  path      text NOT NULL,
  stamp     text,
  state     text NOT NULL DEFAULT 'PRESENT' CHECK (state IN ('PRESENT', 'MISSING', 'CHANGED')),
  noted_at  timestamptz NOT NULL DEFAULT now()
);
-- A path may be longer than an entry of a B-tree.
CREATE INDEX image_references_path ON image_references USING hash (path);
COMMENT ON TABLE image_references IS 'Images that were indexed where they lie. Only the command line makes rows here: a path of the server must never come from a client.';
COMMENT ON COLUMN image_references.path IS 'The file''s absolute path without symbolic links, as the process that indexed it saw it.';
COMMENT ON COLUMN image_references.stamp IS 'Size, times and inode of the file when its content was last compared: the same stamp, the same state. NULL: compare again.';
COMMENT ON COLUMN image_references.state IS 'What was found at the last look.';
COMMENT ON COLUMN image_references.noted_at IS 'When a look found something new.';
