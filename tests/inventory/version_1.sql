PRAGMA application_id = 0x696e7631;
PRAGMA user_version = 1;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE stems (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE datasets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE run_rows (
  id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, version TEXT NOT NULL, started_ms INTEGER NOT NULL,
  finished_ms INTEGER, receipt TEXT
) STRICT;
CREATE TABLE passes (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, dataset INTEGER, scope INTEGER, began_ms INTEGER NOT NULL,
  ended_ms INTEGER, count INTEGER, complete INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE asset_rows (
  id INTEGER PRIMARY KEY, spot INTEGER NOT NULL, stem INTEGER NOT NULL, local TEXT NOT NULL, kind INTEGER,
  state INTEGER, first INTEGER, first_ms INTEGER, changed_ms INTEGER, last INTEGER, gone_ms INTEGER
) STRICT;
CREATE INDEX asset_spots ON asset_rows (spot);
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
CREATE VIEW documents AS
SELECT r.asset AS id, document_text(d.id, d.bytes, r.bytes) AS document
FROM document_rows AS r JOIN dictionaries AS d ON d.id = r.dictionary;
INSERT INTO meta VALUES ('opened_by', '0.1.0');
INSERT INTO meta VALUES ('source', 'made-up');
INSERT INTO words VALUES (1, '3b861093abcb408f5907ecd6c08d3239');
INSERT INTO words VALUES (2, 'device');
INSERT INTO words VALUES (3, 'software');
INSERT INTO words VALUES (4, 'installed_on');
INSERT INTO words VALUES (5, 'part_of');
INSERT INTO stems VALUES (1, 'mde:t:device:');
INSERT INTO stems VALUES (2, 'mde:t:software:');
INSERT INTO stems VALUES (3, 'mde:t:application:');
INSERT INTO datasets VALUES (1, 'devices');
INSERT INTO datasets VALUES (2, 'software');
INSERT INTO run_rows VALUES (1, 'run-1', '1.0.0', 1003600000, 1003600000, '{"datasets":[{"bytes":1,"calls":1,"completeness":"complete","dataset":"devices","duplicates":0,"emitted":1,"events":{},"failure":null,"filtered":{},"pages":1,"received":1,"rejected":{"malformed":0},"strategy":"bulk","tolerated":{},"waited_ms":0,"waits":0},{"bytes":1,"calls":1,"completeness":"complete","dataset":"software","duplicates":0,"emitted":1,"events":{},"failure":null,"filtered":{},"pages":1,"received":1,"rejected":{"malformed":0},"strategy":"bulk","tolerated":{},"waited_ms":0,"waits":0}],"finished_at":"","run":"run-1","sign_in_calls":1,"started_at":""}');
INSERT INTO passes VALUES (1, 1, NULL, NULL, 1003600000, NULL, NULL, 0);
INSERT INTO passes VALUES (2, 1, 1, 1, 1003600000, 1003600000, 1, 1);
INSERT INTO passes VALUES (3, 1, NULL, NULL, 1003600000, NULL, NULL, 0);
INSERT INTO passes VALUES (4, 1, 2, 1, 1003600000, 1003600000, 1, 1);
INSERT INTO passes VALUES (5, 1, NULL, NULL, 1003600000, NULL, NULL, 0);
INSERT INTO asset_rows VALUES (1, -4428286830954207645, 1, 'a', 2, 0, 2, 1003600000, 1003600000, NULL, NULL);
INSERT INTO asset_rows VALUES (2, -4428286832623503909, 2, 'a/p', 3, 0, 4, 1003600000, 1003600000, NULL, NULL);
INSERT INTO asset_rows VALUES (3, -4425775413741744011, 3, 'p', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO origins VALUES (1, 1, 2, 1, 0, 0, X'84C6A223D823CEBC2E693CA3AB2CE970');
INSERT INTO origins VALUES (2, 2, 4, 1, 0, 0, X'F69D9D3F43EE4957B97F1750C697FD0A');
INSERT INTO dictionaries VALUES (1, 'native/devices', X'7B22736368656D61223A226E61746976652F64657669636573222C226B696E64223A22646576696365222C226F70223A22757073657274222C226B6579223A226D64653A743A6465766963653A61222C2272756E223A2272756E2D31222C22736571223A322C226F62736572766564223A226F222C2268617368223A2230303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303031222C2272656673223A5B5D2C22626F6479223A7B22636F6E74656E74223A317D7D');
INSERT INTO dictionaries VALUES (2, 'native/software', X'7B22736368656D61223A226E61746976652F736F667477617265222C226B696E64223A22736F667477617265222C226F70223A22757073657274222C226B6579223A226D64653A743A736F6674776172653A612F70222C2272756E223A2272756E2D31222C22736571223A352C226F62736572766564223A226F222C2268617368223A2230303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303037222C2272656673223A5B7B226B6579223A226D64653A743A6465766963653A61222C2272656C223A22696E7374616C6C65645F6F6E227D2C7B226B6579223A226D64653A743A6170706C69636174696F6E3A70222C2272656C223A22706172745F6F66227D5D2C22626F6479223A7B22636F6E74656E74223A377D7D');
INSERT INTO document_rows VALUES (1, 1, X'28B52FFD20DE3D0000000100DB306580');
INSERT INTO document_rows VALUES (2, 2, X'28B52FFD6040004500000001003D43EA0202');
INSERT INTO relation_rows VALUES (2, 4, 1);
INSERT INTO relation_rows VALUES (2, 5, 3);
INSERT INTO checkpoints VALUES ('made-up', '1.0.0', 'after 1', 6, 1003600000);
