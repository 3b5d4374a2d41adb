-- Saved searches that say by standard score what a match is.

ALTER TABLE searches ADD COLUMN min_standard_score double precision CHECK (min_standard_score BETWEEN -1000 AND 1000);
COMMENT ON COLUMN searches.min_standard_score IS 'Matches below this standard score are left out: standard deviations above what the query has with images in general.';
