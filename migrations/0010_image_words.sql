-- The words of titles, tags and file names, for searches that match what people wrote as well as what a picture shows.

CREATE FUNCTION fold_words(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  -- Decomposed, without the marks; then the letters that do not decompose; then everything up to U+00BF that is neither an
  -- ASCII letter nor a digit, general punctuation and CJK punctuation become one space.
  RETURN btrim(regexp_replace(
    lower(translate(
      replace(replace(replace(replace(
        regexp_replace(normalize(value, NFKD), '[\u0300-\u036f]', '', 'g'),
        'ß', 'ss'), 'æ', 'ae'), 'Æ', 'ae'), 'œ', 'oe'),
      'łŁøØđĐðÐħĦıŧŦ', 'llooddddhhitt')),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g'));
COMMENT ON FUNCTION fold_words(text) IS 'The words of a text in the form in which they are compared: lower case, without diacritics, one space between them.';

CREATE FUNCTION image_words(title text, tags text[], filename text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN setweight(to_tsvector('simple', coalesce(fold_words(title), '')), 'A')
    || setweight(to_tsvector('simple', coalesce(fold_words(array_to_string(tags, ' ')), '')), 'B')
    || setweight(to_tsvector('simple', coalesce(fold_words(filename), '')), 'C');
COMMENT ON FUNCTION image_words(text, text[], text) IS 'The words of a title (weight A), of tags (B) and of a file name (C), in every language: nothing is stemmed, and no word is left out.';

-- Rewrites the table once. Stored and not computed by each search: ranking reads it for every image that has one of the words.
ALTER TABLE images ADD COLUMN words tsvector GENERATED ALWAYS AS (image_words(title, tags, filename)) STORED;
COMMENT ON COLUMN images.words IS 'The words of title, tags and file name.';
-- Without the pending list, which every search would have to read through, and which the embedded database seldom empties.
CREATE INDEX images_words ON images USING gin (words) WITH (fastupdate = off);
