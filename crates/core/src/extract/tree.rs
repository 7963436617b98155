//! All bound paths of a stream as one tree, so that one walk over the JSON finds them all.

use super::path::FieldPath;
use crate::record::Attribute;
use crate::time::{TimeReading, TimeUnit};

/// Index of a bound field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotId(pub(super) usize);

/// A node: a place in the JSON that is bound itself, or has bound places below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) slot: Option<SlotId>,
    pub(super) members: Vec<(Box<str>, usize)>,
    pub(super) elements: Vec<(usize, usize)>,
    pub(super) path: Box<str>,
    /// Whether a value here means that the data is not JSON (`data_base64`).
    pub(super) forbidden: bool,
    /// Whether a number here is an identifier, whose digits all count.
    pub(super) identifier: bool,
}

/// The compiled paths of one stream.
#[derive(Debug, Clone)]
pub struct FieldTree {
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: [Option<SlotId>; Attribute::COUNT],
    pub(super) paths: Vec<Box<str>>,
    /// Fields that are times, with the unit of their numbers.
    pub(super) times: Vec<(SlotId, TimeUnit)>,
    pub(super) reading: TimeReading,
}

/// Node of the event's data.
pub(super) const DATA: usize = 0;
/// Node of a CloudEvents envelope in structured mode, the data below it.
pub(super) const ENVELOPE: usize = 1;

/// Collects paths; asking twice for the same path gives the same slot.
#[derive(Debug)]
pub struct FieldTreeBuilder {
    tree: FieldTree,
}

impl Default for FieldTreeBuilder {
    fn default() -> Self {
        Self::new(TimeReading::default())
    }
}

impl FieldTreeBuilder {
    /// A tree whose times are read as `reading` says.
    pub fn new(reading: TimeReading) -> Self {
        let mut envelope = Node { path: "/".into(), ..Node::default() };
        envelope.members.push(("data".into(), DATA));
        let nodes = vec![Node::default(), envelope];
        let (attributes, paths, times) = ([None; Attribute::COUNT], Vec::new(), Vec::new());
        let tree = FieldTree { nodes, attributes, paths, times, reading };
        let mut builder = Self { tree };
        let encoded = builder.member(ENVELOPE, "data_base64");
        builder.tree.nodes[encoded].forbidden = true;
        builder
    }

    /// The slot that will hold what stands at `path`.
    pub fn slot(&mut self, path: &FieldPath) -> SlotId {
        match path {
            FieldPath::Attribute(attribute) => {
                let node = self.member(ENVELOPE, attribute.name());
                let slot = self.slot_of(node, path);
                self.tree.attributes[*attribute as usize] = Some(slot);
                slot
            }
            FieldPath::Pointer(tokens) => {
                let node = tokens.iter().fold(DATA, |node, token| self.member(node, token));
                self.slot_of(node, path)
            }
        }
    }

    /// Like [`slot`](Self::slot), for a field that is a time: it is parsed once per event.
    pub fn time(&mut self, path: &FieldPath) -> SlotId {
        let slot = self.slot(path);
        if self.tree.times.iter().all(|(known, _)| *known != slot) {
            let unit = self.tree.reading.unit_of(&self.tree.paths[slot.0]);
            self.tree.times.push((slot, unit));
        }
        slot
    }

    /// The pointers of `time_units` that no time is bound to.
    pub(crate) fn unused_units(&self) -> Vec<String> {
        let bound = |path: &str| self.tree.times.iter().any(|(slot, _)| *self.tree.paths[slot.0] == *path);
        self.tree.reading.named().filter(|path| !bound(path)).map(str::to_owned).collect()
    }

    /// Has a slot's numbers kept as they are written where they are too large to be kept exactly otherwise.
    pub fn identifier(&mut self, slot: SlotId) {
        let nodes = self.tree.nodes.iter_mut().filter(|node| node.slot == Some(slot));
        nodes.for_each(|node| node.identifier = true);
    }

    /// The finished tree.
    pub fn build(self) -> FieldTree {
        self.tree
    }

    fn slot_of(&mut self, node: usize, path: &FieldPath) -> SlotId {
        if let Some(slot) = self.tree.nodes[node].slot {
            return slot;
        }
        let slot = SlotId(self.tree.paths.len());
        self.tree.paths.push(path.to_string().into());
        self.tree.nodes[node].slot = Some(slot);
        slot
    }

    fn member(&mut self, parent: usize, token: &str) -> usize {
        let known = self.tree.nodes[parent].members.iter().find(|(name, _)| **name == *token);
        if let Some(&(_, node)) = known {
            return node;
        }
        let node = self.tree.nodes.len();
        let path = format!("{}/{}", self.tree.nodes[parent].path.trim_end_matches('/'), token);
        self.tree.nodes.push(Node { path: path.into(), ..Node::default() });
        self.tree.nodes[parent].members.push((token.into(), node));
        if let Some(index) = array_index(token) {
            self.tree.nodes[parent].elements.push((index, node));
        }
        node
    }
}

/// An array index as RFC 6901 writes it: digits without leading zeros.
fn array_index(token: &str) -> Option<usize> {
    let leading_zero = token.len() > 1 && token.starts_with('0');
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !leading_zero).then(|| token.parse().ok()).flatten()
}

impl FieldTree {
    /// The path as it was bound, for messages.
    pub fn path(&self, slot: SlotId) -> &str {
        &self.paths[slot.0]
    }

    /// Whether anything is bound at the member `name` of the data's root, or below it.
    pub fn reads(&self, name: &str) -> bool {
        self.nodes[DATA].members.iter().any(|(member, _)| **member == *name)
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.paths.len()
    }
}
