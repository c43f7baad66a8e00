-- Everything that was made of a batch that is held or rejected, on either side's word: canonical."trace.descendant", out of genealogy_reached (seed, id,
-- depth, sure). Whether the batch is held or rejected at the cut is the pairing's to say; any that once was is followed.
CREATE OR REPLACE TABLE canonical."trace.descendant" AS
SELECT d.system, d.plant, d.material, d.batch, a.plant AS ancestor_plant, a.material AS ancestor_material, a.batch AS ancestor_batch, r.depth,
       r.changed_at,
       CASE WHEN NOT r.sure THEN 'ambiguous: a link on the way is unreadable or ambiguous' END AS uncertain
FROM genealogy_reached r
JOIN genealogy.node d ON d.id = r.id
JOIN genealogy.node a ON a.id = r.seed
WHERE r.id <> r.seed;
