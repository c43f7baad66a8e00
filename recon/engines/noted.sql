-- What the night itself has noted, for pairings to read like canonical tables: empty in its shape until the step `note` of the night fills it, or a case gives
-- rows. Whatever became of the sources it is there, as of the moment of the run. docs/rules.md has the columns for readers.
CREATE SCHEMA IF NOT EXISTS intake;
CREATE SCHEMA IF NOT EXISTS latency;

-- A source as a whole ("table" is NULL), or one raw table of it that some rule needs.
CREATE TABLE IF NOT EXISTS canonical."intake.source_table" (
    system        VARCHAR,
    plant         VARCHAR,        -- '*'
    changed_at    TIMESTAMP,      -- what the source shows; the moment of the run where it shows nothing
    source        VARCHAR,
    "table"       VARCHAR,        -- NULL: the source as a whole
    as_of         TIMESTAMP,      -- NULL: it was not read
    behind_hours  DECIMAL(18, 6), -- from as_of to the moment of the run; negative: its clock is ahead
    allowed_hours DECIMAL(18, 6), -- max_lag of the source
    row_count     BIGINT,         -- NULL: not read, or the source as a whole
    problem       VARCHAR,        -- why it did not come whole; NULL: it did
    doubt         VARCHAR,        -- why its number of rows, or its clock, is not believed; NULL: it is
    not_evaluated VARCHAR         -- why nothing can be said of it; NULL: it can
);

-- A column that a raw table has, or had before its columns changed.
CREATE TABLE IF NOT EXISTS canonical."intake.source_column" (
    system        VARCHAR,
    plant         VARCHAR,        -- '*'
    changed_at    TIMESTAMP,      -- what the source shows
    source        VARCHAR,
    "table"       VARCHAR,
    "column"      VARCHAR,
    change        VARCHAR,        -- added, dropped or retyped; NULL: it is as it was
    was           VARCHAR,        -- type before; NULL: it was not there
    is_now        VARCHAR,        -- type; NULL: it is not there
    since         DATE,           -- day that the source showed when the columns of the table were first found changed
    not_evaluated VARCHAR         -- why nobody knows tonight whether they still are; NULL: it is known
);

-- Rows of a table that rules get nothing of, for one reason; a table of which there are none has one row without a reason.
CREATE TABLE IF NOT EXISTS canonical."intake.refused" (
    system        VARCHAR,
    plant         VARCHAR,        -- '*'
    changed_at    TIMESTAMP,      -- what the source shows
    source        VARCHAR,
    "table"       VARCHAR,        -- raw table, or schema.table of a canonical one
    reason        VARCHAR,        -- without the values of single rows, so that it is the same from night to night
    told_by       VARCHAR,        -- reader, gate or mapping; NULL: nobody refused any
    refused       BIGINT,         -- rows; of ambiguous ones: keys
    example       VARCHAR,        -- where one of them is, or what it says
    not_evaluated VARCHAR         -- why nobody knows tonight whether there are any; NULL: it is known
);

-- How long postings took in SAP that came in since the night before, for one kind of event.
CREATE TABLE IF NOT EXISTS canonical."latency.workflow" (
    system        VARCHAR,
    plant         VARCHAR,
    changed_at    TIMESTAMP,      -- entry of the last posting, or else the end of the window
    workflow      VARCHAR,
    not_evaluated VARCHAR,        -- why it could not be measured; then all that follows is NULL
    since         TIMESTAMP,      -- postings entered after this moment
    until         TIMESTAMP,      -- and up to this one: the cut of the sources that tell of both sides
    events        BIGINT,
    p50           DECIMAL(18, 6), -- minutes from event to entry, discrete percentiles
    p95           DECIMAL(18, 6),
    slowest       DECIMAL(18, 6),
    reference     VARCHAR,        -- of the slowest
    service_level DECIMAL(18, 6)  -- minutes
);
