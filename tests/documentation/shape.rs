//! The shape of JSON values that were seen: which members there are, of which types, and which are always there.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Members of a body that say which class it is of: one value each.
const CONSTANT: [&str; 4] = ["class_uid", "class_name", "category_uid", "category_name"];

/// By the name of an object, which of its members are always there.
pub(crate) type Requirements = BTreeMap<String, BTreeSet<String>>;

/// What the values of one place have in common.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// JSON Schema's names of the types that were seen.
    types: BTreeSet<&'static str>,
    /// Objects that were seen.
    objects: usize,
    /// Their members, each with the number of objects that have it.
    members: BTreeMap<String, (usize, Shape)>,
    /// The elements of all lists.
    elements: Option<Box<Shape>>,
    /// The first value, as long as there was no other.
    only: Option<Value>,
    /// Values that were seen.
    count: usize,
}

impl Shape {
    /// Takes one more value in.
    pub(crate) fn see(&mut self, value: &Value) {
        self.only = match &self.only {
            None if self.count == 0 => Some(value.clone()),
            Some(only) if only == value => self.only.take(),
            _ => None,
        };
        self.count += 1;
        self.types.insert(match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        });
        match value {
            Value::Object(members) => {
                self.objects += 1;
                for (name, member) in members {
                    let (count, shape) = self.members.entry(name.clone()).or_default();
                    *count += 1;
                    shape.see(member);
                }
            }
            Value::Array(elements) => {
                let shape = self.elements.get_or_insert_default();
                elements.iter().for_each(|element| shape.see(element));
            }
            _ => {}
        }
    }

    /// The member of that name; nothing if none was seen.
    pub(crate) fn member(&self, name: &str) -> Option<&Shape> {
        self.members.get(name).map(|(_, shape)| shape)
    }

    /// Whether all objects have this member.
    pub(crate) fn always_has(&self, name: &str) -> bool {
        self.members.get(name).is_some_and(|(count, _)| *count == self.objects)
    }

    /// Says of each object within, by the name of its member, which of its own members are always there: the same object
    /// somewhere else may lack some.
    pub(crate) fn requirements(&self, name: &str, found: &mut Requirements) {
        if self.objects > 0 && !name.is_empty() {
            let always = self.members.keys().filter(|member| self.always_has(member)).cloned().collect();
            let known = found.entry(name.to_owned()).or_insert_with(|| BTreeSet::clone(&always));
            known.retain(|member| always.contains(member));
        }
        self.members.iter().for_each(|(name, (_, shape))| shape.requirements(name, found));
        self.elements.iter().for_each(|shape| shape.requirements(name, found));
    }

    /// The JSON Schema that all values keep to. What was not seen may come with a later version, so it is not refused.
    pub(crate) fn schema(&self, name: &str, common: &Requirements) -> Value {
        let is_required = |member: &str| common.get(name).is_none_or(|members| members.contains(member));
        let inner = |name: &str, shape: &Shape| match name {
            "unmapped" => shape.as_it_came(),
            _ => shape.schema(name, common),
        };
        let mut schema = self.described(name, inner);
        let required: Vec<_> =
            self.members.keys().filter(|member| self.always_has(member) && is_required(member)).cloned().collect();
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        schema.into()
    }

    /// What was seen of values of the service. Any of them may be missing, null or of another type, so that nothing is
    /// demanded.
    fn as_it_came(&self) -> Value {
        let mut schema = self.described("", |_, shape| shape.as_it_came());
        if let Some(types) = schema.remove("type") {
            schema.insert("x-seen".into(), types);
        }
        schema.into()
    }

    /// Types, members and elements.
    fn described(&self, name: &str, inner: impl Fn(&str, &Shape) -> Value) -> Map<String, Value> {
        let mut schema = Map::new();
        let mut types: Vec<&str> = self.types.iter().copied().collect();
        if types.contains(&"number") {
            types.retain(|it| *it != "integer");
        }
        match types[..] {
            [] => {}
            [only] => drop(schema.insert("type".into(), only.into())),
            _ => drop(schema.insert("type".into(), types.clone().into())),
        }
        if types == ["integer"] && (name == "time" || name.ends_with("_time")) {
            schema.insert("format".into(), "epoch-ms".into());
        }
        if !self.members.is_empty() {
            let members = self.members.iter().map(|(name, (_, shape))| (name.clone(), inner(name, shape)));
            schema.insert("properties".into(), members.collect::<Map<_, _>>().into());
        }
        if let Some(elements) = self.elements.as_ref().filter(|elements| elements.count > 0) {
            schema.insert("items".into(), inner(name, elements));
        }
        schema
    }

    /// The same for the body of a class: the members that name it have one value.
    pub(crate) fn body(&self, common: &Requirements) -> Value {
        let mut schema = self.schema("", common);
        for name in CONSTANT {
            let only = self.member(name).and_then(|shape| shape.only.clone());
            schema["properties"][name]["const"] = only.unwrap_or_else(|| panic!("{name} is not one value"));
        }
        schema
    }

    /// Every member below this one as a path, with its types.
    pub(crate) fn paths(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (name, (_, shape)) in &self.members {
            let mut path = name.clone();
            let mut inner = shape;
            while let Some(elements) = inner.elements.as_deref().filter(|elements| elements.count > 0) {
                path.push_str("[]");
                inner = elements;
            }
            let types: Vec<&str> = inner.types.iter().copied().filter(|it| *it != "null").collect();
            match inner.members.is_empty() {
                true => found.push((path, types.join(" or "))),
                false => found.extend(inner.paths().into_iter().map(|(rest, of)| (format!("{path}.{rest}"), of))),
            }
        }
        found
    }
}

#[test]
fn a_shape_is_what_was_seen() {
    let mut shape = Shape::default();
    for value in [
        json!({ "a": 1, "first_seen_time": 5, "list": [{ "x": 1 }], "os": { "name": "n", "version": 1 }, "unmapped": { "y": 1 } }),
        json!({ "a": 1.5, "first_seen_time": 6, "list": [], "b": null, "c": { "os": { "name": "n" } }, "unmapped": { "y": 1 } }),
    ] {
        shape.see(&value);
    }
    let mut common = Requirements::new();
    shape.requirements("", &mut common);
    let os = |rest: Value| {
        let mut members = json!({ "name": { "type": "string" } });
        members.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        json!({ "type": "object", "properties": members, "required": ["name"] })
    };
    assert_eq!(
        shape.schema("", &common),
        json!({
            "type": "object",
            "properties": {
                "a": { "type": "number" },
                "b": { "type": "null" },
                "c": { "type": "object", "properties": { "os": os(json!({})) }, "required": ["os"] },
                "first_seen_time": { "type": "integer", "format": "epoch-ms" },
                "list": { "type": "array", "items": {
                    "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"],
                } },
                "os": os(json!({ "version": { "type": "integer" } })),
                "unmapped": {
                    "x-seen": "object", "properties": { "y": { "x-seen": "integer" } },
                },
            },
            "required": ["a", "first_seen_time", "list", "unmapped"],
        })
    );
    let paths: Vec<String> = shape.paths().into_iter().map(|(path, of)| format!("{path} {of}")).collect();
    let expected = ["a integer or number", "b ", "c.os.name string", "first_seen_time integer", "list[].x integer"];
    assert_eq!(paths[..5], expected);
}
