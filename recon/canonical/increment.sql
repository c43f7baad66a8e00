-- One night's increment of a canonical table: `made` holds the rows mapped anew, `driver_origin` the driver keys they were mapped for.

-- What those keys had given before.
CREATE OR REPLACE TEMP TABLE gone AS
SELECT t.* FROM (SELECT _part, _row, _origin, {wanted} FROM ({stored})) t SEMI JOIN driver_origin o ON o._origin = t._origin;

-- Rows of other keys that share a logical key with those or with the new ones: whether they repeat or contradict a row may have changed.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT {key} FROM gone UNION SELECT {key} FROM made;

CREATE OR REPLACE TEMP TABLE sharing_rows AS
SELECT t._part, t._row
FROM (SELECT _part, _row, _origin, {key} FROM ({stored})) t SEMI JOIN touched k ON {same_key} ANTI JOIN driver_origin o ON o._origin = t._origin;
