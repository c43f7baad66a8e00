-- One night's increment of a canonical table: `made` holds the rows mapped anew, `driver_origin` the driver keys they were mapped for.

-- What those keys had given before.
CREATE OR REPLACE TEMP TABLE gone AS
SELECT t.* FROM ({stored}) t SEMI JOIN driver_origin o ON o._origin = t._origin;

CREATE OR REPLACE TEMP TABLE touched AS
SELECT {key} FROM gone UNION SELECT {key} FROM made;

-- Rows of other keys that share a logical key with those: whether they repeat or contradict a row may have changed.
CREATE OR REPLACE TEMP TABLE sharing AS
SELECT t.* FROM ({stored}) t SEMI JOIN touched k ON {same_key} ANTI JOIN driver_origin o ON o._origin = t._origin;

CREATE OR REPLACE TEMP TABLE replaced AS
SELECT * FROM gone UNION ALL SELECT * FROM sharing;

CREATE OR REPLACE TEMP TABLE placed AS
{marked};
