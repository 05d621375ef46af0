-- Devices that went since the last end of a run: what rests on them goes at the next.
CREATE TABLE departed (asset INTEGER PRIMARY KEY) STRICT;

-- What rested on those that went before stayed.
INSERT INTO departed SELECT id FROM asset_rows WHERE state IN (1, 3);
