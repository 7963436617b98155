//! The only kind of topic that can be written to.

use bystander_core::problem::Problem;
use std::fmt;

/// Every topic that any part of a config reads: inputs of streams, whether or not a command uses all of them, and
/// topics of outcomes. It is made once, where the config is resolved, and nothing may write to a topic in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadTopics(Vec<String>);

impl ReadTopics {
    /// Takes the names, each once, in their order.
    pub fn new<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut topics = Self::default();
        for name in names.into_iter().map(Into::into) {
            if !name.is_empty() && !topics.0.contains(&name) {
                topics.0.push(name);
            }
        }
        topics
    }

    /// The names, each once.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Whether `name` is one of them, or a name that Kafka treats as equal to one.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|topic| collide(topic, name))
    }
}

/// The name of a topic on the shadow side. It can't be made of the name of a topic that is read, so no code can write
/// to one, even where both clusters are the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShadowTopic(String);

impl ShadowTopic {
    /// Takes a name that is not in `read`.
    ///
    /// # Errors
    /// When the name is in `read`, is Kafka's own, or is not a valid topic name.
    pub fn new(name: &str, read: &ReadTopics) -> Result<Self, Problem> {
        if read.contains(name) {
            let what =
                format!("{name} is a topic that this config reads, and such a topic is never written to");
            return Err(Problem::new("", what, "choose another name for the shadow topic"));
        }
        if name.starts_with("__") {
            let what = format!("{name} begins with `__`, as Kafka's own topics do");
            return Err(Problem::new("", what, "choose another name for the shadow topic"));
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if name.is_empty() || name.len() > 249 || !name.bytes().all(legal) || name == "." || name == ".." {
            let what = format!("{name:?} is not a valid topic name");
            return Err(Problem::new("", what, "use 1 to 249 letters, digits, '.', '_' or '-'"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The topic's name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShadowTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kafka refuses to create a topic whose name differs from an existing one in `.` and `_` only (their metrics collide).
fn collide(left: &str, right: &str) -> bool {
    let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'.' | b'_') && matches!(b, b'.' | b'_'));
    left.len() == right.len() && left.bytes().zip(right.bytes()).all(same)
}
