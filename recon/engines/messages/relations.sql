-- Messages of every system.
CREATE OR REPLACE TEMP VIEW logged_message AS
SELECT 'sap' AS side, * FROM canonical."sap.message"
UNION ALL
SELECT 'mes', * FROM canonical."mes.message"
UNION ALL
SELECT 'qms', * FROM canonical."qms.message"
UNION ALL
SELECT 'wms', * FROM canonical."wms.message";

-- The worst message that speaks of each finding.
CREATE OR REPLACE TEMP TABLE explained (
    rule_id       VARCHAR,
    finding_id    VARCHAR,
    outcome       VARCHAR,   -- 'dead', 'failed', 'overdue' (it waits beyond its service level), 'ignored', or 'waiting' within it
    in_flight     BOOLEAN,   -- it puts the finding in flight
    text          VARCHAR,
    cause         VARCHAR,   -- what it shares with the findings that the same interface explains
    side          VARCHAR,
    source        VARCHAR,
    kind          VARCHAR,
    interface     VARCHAR,
    queue         VARCHAR,
    message_id    VARCHAR,
    reason        VARCHAR,
    order_no      VARCHAR,
    material      VARCHAR,
    batch         VARCHAR,
    movement_type VARCHAR,
    quantity      DECIMAL(18, 6),
    unit          VARCHAR
);

-- Findings that are about a message, and the cause that they share with what it explains.
CREATE OR REPLACE TEMP TABLE of_message AS FROM explained LIMIT 0
