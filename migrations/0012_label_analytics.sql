-- Labels in the schema `analytics`: of each set the run that readers see.

CREATE VIEW analytics.label_sets AS
SELECT s.id, s.name, r.version, s.version AS newest_version, v.independent, r.model_id, m.active AS of_active_model, r.completed_at
FROM label_sets AS s
LEFT JOIN label_set_runs AS r ON r.id = s.ready_run_id
LEFT JOIN label_set_versions AS v ON v.label_set_id = s.id AND v.version = r.version
LEFT JOIN models AS m ON m.id = r.model_id;
COMMENT ON VIEW analytics.label_sets IS 'Sets of labels that images are classified with. The other views of labels show the version that is classified whole.';
COMMENT ON COLUMN analytics.label_sets.id IS 'Number of the set.';
COMMENT ON COLUMN analytics.label_sets.name IS 'Its name; label_set in the other views.';
COMMENT ON COLUMN analytics.label_sets.version IS 'The version that the other views show; NULL until one is whole.';
COMMENT ON COLUMN analytics.label_sets.newest_version IS 'The newest that is defined.';
COMMENT ON COLUMN analytics.label_sets.independent IS 'False: labels exclude each other. True: each stands alone.';
COMMENT ON COLUMN analytics.label_sets.model_id IS 'The model that it is classified with.';
COMMENT ON COLUMN analytics.label_sets.of_active_model IS 'Whether that is the active one: after a change of the model, sets follow one by one.';
COMMENT ON COLUMN analytics.label_sets.completed_at IS 'When the version was whole.';

CREATE VIEW analytics.label_vectors AS
SELECT s.name AS label_set, r.version, r.model_id, e.label_id, v.name AS label, e.position, e.threshold, e.embedding
FROM label_sets AS s
JOIN label_set_runs AS r ON r.id = s.ready_run_id
JOIN label_embeddings AS e ON e.run_id = r.id
LEFT JOIN label_versions AS v ON v.label_id = e.label_id AND v.version = r.version;
COMMENT ON VIEW analytics.label_vectors IS 'What images are compared with: one row a label, and one for each prompt of the background ("none of these").';
COMMENT ON COLUMN analytics.label_vectors.label_set IS 'The set.';
COMMENT ON COLUMN analytics.label_vectors.version IS 'Its version.';
COMMENT ON COLUMN analytics.label_vectors.model_id IS 'The model of the vector.';
COMMENT ON COLUMN analytics.label_vectors.label_id IS 'Number of the label, the same in every version; NULL for the background.';
COMMENT ON COLUMN analytics.label_vectors.label IS 'The label; NULL for the background.';
COMMENT ON COLUMN analytics.label_vectors.position IS 'Its place in the set, from 1; the background has negative ones.';
COMMENT ON COLUMN analytics.label_vectors.threshold IS 'The least score at which an image has the label.';
COMMENT ON COLUMN analytics.label_vectors.embedding IS 'Unit vector: the mean direction of the label''s prompts in all templates.';

CREATE VIEW analytics.label_scores AS
SELECT s.name AS label_set, r.version, c.image_id, i.filename, c.label_id, v.name AS label, c.score::double precision AS score,
  c.similarity::double precision AS similarity, c.rank::integer AS rank, c.assigned, c.classified_at
FROM label_sets AS s
JOIN label_set_runs AS r ON r.id = s.ready_run_id
JOIN classifications AS c ON c.run_id = r.id
JOIN label_versions AS v ON v.label_id = c.label_id AND v.version = r.version
JOIN images AS i ON i.id = c.image_id;
COMMENT ON VIEW analytics.label_scores IS 'How well labels fit images: of each image and set the best label, and every other that scores at least 0.05 (independent sets: 0.5, or its threshold).';
COMMENT ON COLUMN analytics.label_scores.label_set IS 'The set.';
COMMENT ON COLUMN analytics.label_scores.version IS 'Its version.';
COMMENT ON COLUMN analytics.label_scores.image_id IS 'The image: images.id.';
COMMENT ON COLUMN analytics.label_scores.filename IS 'Its file name.';
COMMENT ON COLUMN analytics.label_scores.label_id IS 'Number of the label, the same in every version.';
COMMENT ON COLUMN analytics.label_scores.label IS 'The label.';
COMMENT ON COLUMN analytics.label_scores.score IS 'Probability: among all labels of the set, or of the label alone in an independent one.';
COMMENT ON COLUMN analytics.label_scores.similarity IS 'Cosine similarity of image and label.';
COMMENT ON COLUMN analytics.label_scores.rank IS 'The label''s place among all of the image, from 1.';
COMMENT ON COLUMN analytics.label_scores.assigned IS 'Whether the image has the label.';
COMMENT ON COLUMN analytics.label_scores.classified_at IS 'When.';

CREATE VIEW analytics.label_distribution AS
SELECT s.name AS label_set, v.name AS label, count(c.image_id) AS images,
  count(c.image_id)::double precision / nullif((SELECT count(DISTINCT o.image_id) FROM classifications AS o WHERE o.run_id = r.id), 0) AS share,
  avg(c.score)::double precision AS mean_score
FROM label_sets AS s
JOIN label_set_runs AS r ON r.id = s.ready_run_id
JOIN label_versions AS v ON v.label_set_id = s.id AND v.version = r.version
LEFT JOIN classifications AS c ON c.run_id = r.id AND c.label_id = v.label_id AND c.assigned
GROUP BY s.id, s.name, r.id, v.label_id, v.name;
COMMENT ON VIEW analytics.label_distribution IS 'How many images have each label, those without any included.';
COMMENT ON COLUMN analytics.label_distribution.label_set IS 'The set.';
COMMENT ON COLUMN analytics.label_distribution.label IS 'The label.';
COMMENT ON COLUMN analytics.label_distribution.images IS 'How many images have it.';
COMMENT ON COLUMN analytics.label_distribution.share IS 'Their share of the classified images, from 0 to 1.';
COMMENT ON COLUMN analytics.label_distribution.mean_score IS 'Mean score of these images; NULL without any.';

-- Weeks and labels that have nothing are there with 0, or the change from one week to the next would be of other weeks.
CREATE VIEW analytics.label_drift AS
WITH classified AS (
  SELECT s.id AS set_id, s.name AS label_set, r.id AS run_id, r.version, c.image_id,
    date_trunc('week', coalesce(i.taken_at, i.created_at) AT TIME ZONE 'UTC')::date AS week, c.label_id, c.assigned
  FROM label_sets AS s
  JOIN label_set_runs AS r ON r.id = s.ready_run_id
  JOIN classifications AS c ON c.run_id = r.id
  JOIN images AS i ON i.id = c.image_id
), weeks AS (
  SELECT set_id, label_set, version, week, count(DISTINCT image_id) AS total FROM classified GROUP BY set_id, label_set, version, week
), counted AS (
  SELECT set_id, week, label_id, count(*) AS images FROM classified WHERE assigned GROUP BY set_id, week, label_id
), shares AS (
  SELECT w.set_id, w.label_set, w.week, v.label_id, v.name AS label, coalesce(k.images, 0) AS images,
    coalesce(k.images, 0)::double precision / w.total AS share
  FROM weeks AS w
  JOIN label_versions AS v ON v.label_set_id = w.set_id AND v.version = w.version
  LEFT JOIN counted AS k ON k.set_id = w.set_id AND k.week = w.week AND k.label_id = v.label_id
)
SELECT label_set, week, label, images, share,
  share - lag(share) OVER (PARTITION BY set_id, label_id ORDER BY week) AS change
FROM shares;
COMMENT ON VIEW analytics.label_drift IS 'How the share of each label changes from week to week. Weeks without any classified image are missing.';
COMMENT ON COLUMN analytics.label_drift.label_set IS 'The set.';
COMMENT ON COLUMN analytics.label_drift.week IS 'The Monday (UTC) of the week in which the images were taken, or added where that is not known.';
COMMENT ON COLUMN analytics.label_drift.label IS 'The label.';
COMMENT ON COLUMN analytics.label_drift.images IS 'How many images of the week have it.';
COMMENT ON COLUMN analytics.label_drift.share IS 'Their share of the classified images of the week, from 0 to 1.';
COMMENT ON COLUMN analytics.label_drift.change IS 'The share less that of the week before; NULL for the first.';

CREATE OR REPLACE VIEW analytics.centroids AS
SELECT 'tag' AS kind, tag AS name, count(*) AS images, vector_norm(avg(embedding)) AS cohesion,
  l2_normalize(avg(embedding)) AS centroid
FROM analytics.images CROSS JOIN LATERAL unnest(tags) AS tag
WHERE embedding IS NOT NULL
GROUP BY tag
UNION ALL
SELECT 'month', to_char(coalesce(taken_at, created_at) AT TIME ZONE 'UTC', 'YYYY-MM'), count(*), vector_norm(avg(embedding)),
  l2_normalize(avg(embedding))
FROM analytics.images
WHERE embedding IS NOT NULL
GROUP BY 2
UNION ALL
SELECT 'label', l.label_set || ': ' || l.label, count(*), vector_norm(avg(i.embedding)), l2_normalize(avg(i.embedding))
FROM analytics.label_scores AS l JOIN analytics.images AS i ON i.id = l.image_id
WHERE l.assigned AND i.embedding IS NOT NULL
GROUP BY l.label_set, l.label_id, l.label;
COMMENT ON COLUMN analytics.centroids.kind IS 'What the images of a group share: tag, label or month.';
COMMENT ON COLUMN analytics.centroids.name IS 'The tag; set and label (animals: cat); or the month (2025-03, UTC) in which the images were taken, or added where that is not known.';

CREATE FUNCTION analytics.similarity_matrix(label_set text)
RETURNS TABLE (label text, other text, similarity double precision)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT a.label, b.label, 1 - (a.embedding <=> b.embedding)
  FROM analytics.label_vectors AS a JOIN analytics.label_vectors AS b ON b.label_set = a.label_set
  WHERE a.label_set = similarity_matrix.label_set AND a.label IS NOT NULL AND b.label IS NOT NULL
  ORDER BY a.position, b.position;
END;
COMMENT ON FUNCTION analytics.similarity_matrix(text) IS 'Cosine similarity of every label of a set with every other: two that are near 1 say the same to the model, and images will be torn between them.';
