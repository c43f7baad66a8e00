/* ---
pairing: source_column
title: Columns of the tables that were read
key: [source, table, column]
from: [intake.source_column]
plant: none
workflow: intake
settle: 0h
local: source
--- */
SELECT c.system,
       cut.plant,
       c.source,
       c."table",
       c."column",
       c.changed_at,
       c.not_evaluated,
       c.change,
       c.was,
       c.is_now,
       c.since
FROM intake.source_column c
JOIN cut ON cut.system = c.system
