//! Which room may import which, and circles.

use std::collections::{BTreeMap, BTreeSet};

/// An arrow from a room to one that it may import.
struct Arrow {
    from: String,
    to: String,
    /// The modules that may be imported; all of them if none is named.
    only: Vec<String>,
}

/// The arrows of a picture.
pub(crate) struct Arrows(Vec<Arrow>);

impl Arrows {
    /// Reads the lines `a --> b & c` and `a -->|module, module| b` of a Mermaid graph.
    pub(crate) fn read(picture: &str) -> Self {
        let mut arrows = Vec::new();
        for (from, rest) in picture.lines().filter_map(|line| line.split_once("-->")) {
            let (only, rest) = match rest.strip_prefix('|').and_then(|rest| rest.split_once('|')) {
                Some((only, rest)) => (only.split(',').map(|module| module.trim().to_owned()).collect(), rest),
                None => (Vec::new(), rest),
            };
            for (from, to) in from.split('&').flat_map(|from| rest.split('&').map(move |to| (from.trim(), to.trim()))) {
                arrows.push(Arrow { from: from.to_owned(), to: to.to_owned(), only: only.clone() });
            }
        }
        Self(arrows)
    }

    /// Every room of the picture.
    pub(crate) fn rooms(&self) -> BTreeSet<&str> {
        self.0.iter().flat_map(|arrow| [&*arrow.from, &*arrow.to]).collect()
    }

    /// Whether a room may import a path of another: an arrow leads there, or several one after another.
    pub(crate) fn allow(&self, from: &str, to: &str, path: &str) -> bool {
        let module = path.split("::").nth(1);
        let fits = |only: &[String]| only.is_empty() || only.iter().any(|only| Some(&**only) == module);
        self.0.iter().filter(|arrow| arrow.from == from).any(|arrow| {
            if arrow.to == to { fits(&arrow.only) } else { arrow.only.is_empty() && self.allow(&arrow.to, to, path) }
        })
    }

    /// A circle of rooms, if there is one.
    pub(crate) fn circle(&self) -> Option<Vec<String>> {
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for arrow in &self.0 {
            edges.entry(arrow.from.clone()).or_default().insert(arrow.to.clone());
        }
        circle(&edges)
    }
}

/// A circle, if there is one: its first member comes last again.
pub(crate) fn circle<T: Clone + Ord>(edges: &BTreeMap<T, BTreeSet<T>>) -> Option<Vec<T>> {
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| walk(start, edges, &mut Vec::new(), &mut done))
}

fn walk<T: Clone + Ord>(
    at: &T,
    edges: &BTreeMap<T, BTreeSet<T>>,
    way: &mut Vec<T>,
    done: &mut BTreeSet<T>,
) -> Option<Vec<T>> {
    if let Some(start) = way.iter().position(|before| before == at) {
        return Some(way[start..].iter().chain([at]).cloned().collect());
    }
    if done.contains(at) {
        return None;
    }
    way.push(at.clone());
    let found = edges.get(at).into_iter().flatten().find_map(|next| walk(next, edges, way, done));
    way.pop();
    done.insert(at.clone());
    found
}

#[test]
fn circles_are_found() {
    let edges = |pairs: &[(u8, u8)]| {
        let mut edges: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
        for (from, to) in pairs {
            edges.entry(*from).or_default().insert(*to);
        }
        edges
    };
    assert_eq!(circle(&edges(&[(1, 2), (1, 3), (2, 4), (3, 4)])), None);
    assert_eq!(circle(&edges(&[(1, 2), (2, 3), (3, 4), (4, 2)])), Some(vec![2, 3, 4, 2]));
}

#[test]
fn arrows_lead_on_and_a_label_bounds_one() {
    let arrows = Arrows::read("graph TD\n  a & b --> c\n  c --> d\n  d -->|json, hash| e\n");
    assert_eq!(arrows.rooms(), BTreeSet::from(["a", "b", "c", "d", "e"]));
    assert!(arrows.allow("a", "d", "crate::d::X") && !arrows.allow("d", "a", "crate::a::X"));
    assert!(arrows.allow("d", "e", "e::hash::X"), "each that is named");
    assert!(arrows.allow("d", "e", "e::json::X") && !arrows.allow("d", "e", "e::other::X"));
    assert!(arrows.allow("c", "e", "e::json::X"), "what is below is below");
    assert_eq!(Arrows::read("a --> b\nb --> a").circle().map(|circle| circle.len()), Some(3));
}
