/* ---
pairing: refused_rows
title: Tables, and what of them no rule gets to see
key: [source, table, reason]
from: [intake.refused]
plant: none
workflow: intake
settle: 0h
local: source
--- */
-- A table of which nothing was refused has one row without a reason.
SELECT r.system,
       cut.plant,
       r.source,
       r."table",
       r.reason,
       r.changed_at,
       r.not_evaluated,
       r.told_by,
       r.refused,
       r.example
FROM intake.refused r
JOIN cut ON cut.system = r.system
