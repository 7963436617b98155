//! Input as a source hands it over: bytes and where they came from.

/// Index of a stream in the config's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub usize);

/// Where a record stands in its stream's topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Partition of the input topic.
    pub partition: i32,
    /// Offset of the record itself, not of the next one.
    pub offset: i64,
}

/// One record of an input topic, borrowed from the source until the next poll.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// The stream whose topic it was read from.
    pub stream: StreamId,
    /// Where it stands there.
    pub position: Position,
    /// The record's Kafka timestamp, epoch milliseconds.
    pub timestamp_ms: Option<i64>,
    /// The record's key.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a tombstone.
    pub payload: Option<&'a [u8]>,
    /// Length of a value that is longer than the source was told to hand over. `payload` is then empty.
    pub withheld: Option<usize>,
    /// The headers that Bystander understands.
    pub headers: RecordHeaders<'a>,
}

impl RawRecord<'_> {
    /// Length of the value in bytes; `None` for a tombstone.
    pub fn value_len(&self) -> Option<usize> {
        self.withheld.or(self.payload.map(<[u8]>::len))
    }
}

/// The headers that Bystander reads; a source fills them in one pass and drops all others.
#[derive(Debug, Clone, Copy, Default)]
pub struct RecordHeaders<'a> {
    /// `content-type`: tells CloudEvents structured mode.
    pub content_type: Option<&'a [u8]>,
    /// CloudEvents binary mode attributes (`ce_id`, …), by [`Attribute`] order.
    pub attributes: [Option<&'a [u8]>; Attribute::COUNT],
    /// W3C trace context; [`Stream::outgoing_trace`](crate::stream::Stream::outgoing_trace) says what of it leaves.
    pub traceparent: Option<&'a [u8]>,
    /// W3C trace state, likewise.
    pub tracestate: Option<&'a [u8]>,
}

impl<'a> RecordHeaders<'a> {
    /// Takes one header in; unknown names are ignored, the last of a name wins.
    pub fn set(&mut self, name: &str, value: Option<&'a [u8]>) {
        match name {
            "content-type" => self.content_type = value,
            "traceparent" => self.traceparent = value,
            "tracestate" => self.tracestate = value,
            _ => {
                if let Some(attribute) = name.strip_prefix("ce_").and_then(Attribute::from_name) {
                    self.attributes[attribute as usize] = value;
                }
            }
        }
    }
}

/// A CloudEvents context attribute that a binding may name as `ce:<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Attribute {
    /// `id`.
    Id,
    /// `source`.
    Source,
    /// `type`.
    Type,
    /// `subject`.
    Subject,
    /// `time`.
    Time,
}

impl Attribute {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All of them, in the order of [`RecordHeaders::attributes`].
    pub const ALL: [Self; Self::COUNT] = [Self::Id, Self::Source, Self::Type, Self::Subject, Self::Time];

    /// The attribute's name in CloudEvents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Source => "source",
            Self::Type => "type",
            Self::Subject => "subject",
            Self::Time => "time",
        }
    }

    /// The attribute of that name, if Bystander reads it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }
}
