-- What whole chains say of each batch in each view: canonical."trace.batch", out of genealogy_judged (view, id, made, end_of_chain, uncertain, reason, since,
-- end_changed_at, oldest, batches, circle_changed_at, circle_uncertain).
CREATE OR REPLACE TABLE canonical."trace.batch" AS
SELECT n.system, n.plant, j.view, n.material, n.batch, j.made,
       -- The end that its chain runs into: a batch without an origin; NULL: it has none.
       e.plant AS end_plant, e.material AS end_material, e.batch AS end_batch, j.reason AS end_reason, j.since AS end_since,
       j.end_changed_at, j.uncertain AS end_uncertain,
       -- The circle that it is part of, by its oldest batch; NULL: none.
       o.plant AS circle_plant, o.material AS circle_material, o.batch AS circle_batch, j.batches AS circle_batches, j.circle_changed_at, j.circle_uncertain,
       coalesce(j.circle_changed_at, j.end_changed_at) AS changed_at
FROM genealogy_judged j
JOIN genealogy.node n ON n.id = j.id
LEFT JOIN genealogy.node e ON e.id = j.end_of_chain
LEFT JOIN genealogy.node o ON o.id = j.oldest
WHERE n.batch IS NOT NULL;
