//! Words from which names are made. None of them is the name of a person or a real company.

/// First parts of account names.
pub(super) const FIRST: [&str; 24] = [
    "amber", "birch", "cedar", "coral", "copper", "ember", "flint", "garnet", "granite", "hazel", "indigo", "ivory",
    "jade", "larch", "maple", "ochre", "opal", "pearl", "quartz", "rowan", "sable", "slate", "umber", "willow",
];

/// Second parts of account names.
pub(super) const SECOND: [&str; 24] = [
    "badger", "bittern", "curlew", "dunlin", "egret", "falcon", "gannet", "heron", "ibis", "jackdaw", "kestrel",
    "lapwing", "marten", "osprey", "otter", "petrel", "plover", "raven", "siskin", "stoat", "tern", "vole", "wigeon",
    "wren",
];

/// Vendors of products that nobody sells.
pub(super) const VENDORS: [&str; 16] = [
    "acornsoft",
    "basalt_labs",
    "cobaltworks",
    "driftwood",
    "elmtree_systems",
    "fjordware",
    "glasshouse",
    "halcyon",
    "ironbark",
    "juniper_forge",
    "keystone_data",
    "lodestar",
    "mistral_tools",
    "nightjar",
    "open_meadow",
    "paperclip_project",
];

/// What such products are called.
pub(super) const PRODUCTS: [&str; 20] = [
    "archive",
    "atlas",
    "beacon",
    "bridge",
    "canvas",
    "compass",
    "console",
    "courier",
    "designer",
    "editor",
    "gateway",
    "inspector",
    "ledger",
    "mirror",
    "notes",
    "planner",
    "reader",
    "relay",
    "studio",
    "viewer",
];

/// Products without a product code. The registered sign, umlauts, quotes and a backslash are all seen in the field.
pub(super) const PLAIN_PRODUCTS: [(&str, &str); 14] = [
    ("Fjordware", "Fjord® Wireless Adapter®"),
    ("Glasshouse", "Glasshouse Audio Driver"),
    ("Müller & Söhne", "Prüfstand Steuerung"),
    ("株式会社サンプル", "帳票ビューア"),
    ("Acorn \"Tools\"", "Label Printer \"Pro\""),
    ("Cobaltworks", "Share\\Sync"),
    ("", "Setup Support Files"),
    ("Éditions Mésange", "Dictée™ 7"),
    ("Halcyon", "Halcyon Launcher\tBeta"),
    ("Ironbark", "Ironbark Driver Package - 64 bit"),
    ("Open Meadow", "Meadow Fonts"),
    ("Nightjar", "Nightjar Telemetry Helper"),
    ("Δέλτα", "Δέλτα Client"),
    ("Lodestar", "Lodestar Map Pack 🗺"),
];
