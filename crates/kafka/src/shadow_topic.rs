//! The only kind of topic that can be written to.

use bystander_core::problem::Problem;
use std::fmt;

/// The name of a topic on the shadow side. It can't be made of an input topic's name, so no code can write
/// to an input, even where both clusters are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShadowTopic(String);

impl ShadowTopic {
    /// Takes a name that is no input's.
    ///
    /// # Errors
    /// When the name is an input topic's, or none that Kafka takes.
    pub fn new<T: AsRef<str>>(name: &str, inputs: &[T]) -> Result<Self, Problem> {
        if inputs.iter().any(|input| collide(input.as_ref(), name)) {
            let what = format!("{name} is an input topic, which is never written to");
            return Err(Problem::new("", what, "choose another name for the shadow topic"));
        }
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if name.is_empty() || name.len() > 249 || !name.bytes().all(legal) || name == "." || name == ".." {
            let what = format!("{name:?} is no topic name");
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

/// Kafka itself takes names for equal that differ in `.` and `_` only (their metrics collide).
fn collide(left: &str, right: &str) -> bool {
    let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'.' | b'_') && matches!(b, b'.' | b'_'));
    left.len() == right.len() && left.bytes().zip(right.bytes()).all(same)
}
