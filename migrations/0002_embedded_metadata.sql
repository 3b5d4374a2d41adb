-- What a file says about itself: when and where it was taken, with what, and how many frames it has.

ALTER TABLE images
  ADD COLUMN taken_at    timestamptz(3),
  ADD COLUMN latitude    double precision CHECK (latitude BETWEEN -90 AND 90),
  ADD COLUMN longitude   double precision CHECK (longitude BETWEEN -180 AND 180),
  ADD COLUMN camera      text,
  ADD COLUMN frame_count integer NOT NULL DEFAULT 1 CHECK (frame_count > 0),
  ADD CONSTRAINT images_place_whole CHECK ((latitude IS NULL) = (longitude IS NULL));
CREATE INDEX images_taken_at ON images (taken_at, id);
CREATE INDEX images_place ON images (latitude, longitude) WHERE latitude IS NOT NULL;
CREATE INDEX images_metadata ON images USING gin (metadata jsonb_path_ops);
COMMENT ON COLUMN images.taken_at IS 'When the picture was taken, to the millisecond. Where the file names no time zone, its time is read as UTC.';
COMMENT ON COLUMN images.latitude IS 'Degrees north of the equator (WGS 84) of the place where the picture was taken.';
COMMENT ON COLUMN images.longitude IS 'Degrees east of Greenwich (WGS 84) of the place where the picture was taken.';
COMMENT ON COLUMN images.camera IS 'Make and model of the camera, as the file names them.';
COMMENT ON COLUMN images.frame_count IS 'Frames of an animation or pages of a TIFF; 1 for stills, and for images from before this column.';
