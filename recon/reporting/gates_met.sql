SELECT count(*) FILTER (outcome <> 'not compared') AS expectations, count(*) FILTER (outcome = 'met') AS met, count(DISTINCT (source, gated)) AS tables FROM gates
