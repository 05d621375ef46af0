-- What the file is.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Words that repeat: kinds, relations, fingerprints of scopes.
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
-- What a key begins with, up to its third colon.
CREATE TABLE stems (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE datasets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE run_rows (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, version TEXT NOT NULL, started_ms INTEGER NOT NULL,
  finished_ms INTEGER, receipt TEXT
) STRICT;

-- A stretch of a run: one snapshot of a dataset, or what came outside of any (dataset is null). The numbers are the
-- clock of this file: what was seen in a later pass has a greater number.
CREATE TABLE passes (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, dataset INTEGER, scope INTEGER, began_ms INTEGER NOT NULL,
  ended_ms INTEGER, count INTEGER, complete INTEGER NOT NULL DEFAULT 0
) STRICT;

-- An asset, or with a null state the mere target of a relation. spot: see keys.rs. state: see state.rs.
CREATE TABLE asset_rows (
  id INTEGER PRIMARY KEY, spot INTEGER NOT NULL, stem INTEGER NOT NULL, local TEXT NOT NULL, kind INTEGER,
  state INTEGER, first INTEGER, first_ms INTEGER, changed_ms INTEGER, last INTEGER, gone_ms INTEGER
) STRICT;
CREATE INDEX asset_spots ON asset_rows (spot);

-- Which datasets an asset was seen in, and what it looked like there.
CREATE TABLE origins (
  dataset INTEGER NOT NULL, asset INTEGER NOT NULL, seen INTEGER NOT NULL, scope INTEGER NOT NULL,
  misses INTEGER NOT NULL, lapsed INTEGER NOT NULL, likeness BLOB NOT NULL, PRIMARY KEY (dataset, asset)
) STRICT, WITHOUT ROWID;

CREATE TABLE dictionaries (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
CREATE TABLE document_rows (asset INTEGER PRIMARY KEY, dictionary INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

CREATE TABLE relation_rows (
  source INTEGER NOT NULL, rel INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY (source, rel, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_targets ON relation_rows (target, rel, source);

CREATE TABLE checkpoints (
  component TEXT PRIMARY KEY, version TEXT NOT NULL, checkpoint TEXT NOT NULL, sequence INTEGER NOT NULL,
  saved_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For people.
CREATE VIEW runs AS
SELECT run, version, strftime('%Y-%m-%dT%H:%M:%fZ', started_ms / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%dT%H:%M:%fZ', finished_ms / 1000.0, 'unixepoch') AS finished, receipt
FROM run_rows;

CREATE VIEW run_datasets AS
SELECT run, d.value ->> '$.dataset' AS dataset, d.value ->> '$.completeness' AS completeness,
  d.value ->> '$.received' AS received, d.value ->> '$.emitted' AS emitted, d.value AS account
FROM run_rows, json_each(receipt, '$.datasets') AS d;

CREATE VIEW assets AS
SELECT a.id, s.text || a.local AS key, k.text AS kind,
  CASE a.state WHEN 0 THEN 'active' WHEN 1 THEN 'merged' WHEN 2 THEN 'out_of_scope' ELSE 'deleted' END AS state,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.first_ms / 1000.0, 'unixepoch') AS first_seen,
  (SELECT run FROM run_rows WHERE id = (SELECT run FROM passes WHERE id = a.first)) AS first_seen_run,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.changed_ms / 1000.0, 'unixepoch') AS changed,
  (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', began_ms / 1000.0, 'unixepoch') FROM passes WHERE id = coalesce(
    (SELECT max(seen) FROM origins WHERE asset = a.id AND dataset IN (SELECT id FROM datasets)), a.last)) AS last_seen,
  (SELECT run FROM run_rows WHERE id = (SELECT run FROM passes WHERE id = coalesce(
    (SELECT max(seen) FROM origins WHERE asset = a.id AND dataset IN (SELECT id FROM datasets)), a.last)))
    AS last_seen_run,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.gone_ms / 1000.0, 'unixepoch') AS gone
FROM asset_rows AS a JOIN stems AS s ON s.id = a.stem JOIN words AS k ON k.id = a.kind
WHERE a.state IS NOT NULL;

CREATE VIEW asset_datasets AS
SELECT o.asset AS id, d.name AS dataset, (SELECT run FROM run_rows WHERE id = p.run) AS last_seen_run,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.began_ms / 1000.0, 'unixepoch') AS last_seen, o.misses, o.lapsed
FROM origins AS o JOIN datasets AS d ON d.id = o.dataset JOIN passes AS p ON p.id = o.seen;

CREATE VIEW relations AS
SELECT r.source AS source_id, s.text || a.local AS source, w.text AS rel, r.target AS target_id,
  t.text || b.local AS target
FROM relation_rows AS r JOIN words AS w ON w.id = r.rel
  JOIN asset_rows AS a ON a.id = r.source JOIN stems AS s ON s.id = a.stem
  JOIN asset_rows AS b ON b.id = r.target JOIN stems AS t ON t.id = b.stem;

-- document_text is a function of the program: read this view with `source-host inventory sql`.
CREATE VIEW documents AS
SELECT r.asset AS id, document_text(d.id, d.bytes, r.bytes) AS document
FROM document_rows AS r JOIN dictionaries AS d ON d.id = r.dictionary;
