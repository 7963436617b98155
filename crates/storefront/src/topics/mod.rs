//! The shop's topics: a module for each that says what is written to it.

use crate::catalogue::Catalogue;
use crate::config::ShopConfig;
use crate::shop::Line;

/// The topics that streams read, one entry each. `for_each_topic!(make)` calls the macro `make` with all of them.
#[macro_export]
macro_rules! for_each_topic {
    ($make:ident) => {
        $make! {
            Orders in orders,
            Quotes in quotes,
        }
    };
}

/// What is known of a topic before anything is written to it.
pub(crate) struct TopicFacts {
    /// Usual name on the live cluster.
    pub(crate) name: &'static str,
    /// Name of the file.
    pub(crate) file: &'static str,
    /// What its records are called.
    pub(crate) events: &'static str,
    /// The kind of stream that scores its records, by the word that configs have for it.
    pub(crate) kind: Option<&'static str>,
    /// Records that a shop writes by default.
    pub(crate) records: u64,
}

/// Outcomes follow from the records of the other topics.
const OUTCOMES: TopicFacts =
    TopicFacts { name: "shop.outcomes", file: "outcomes.jsonl", events: "outcomes", kind: None, records: 0 };

/// Declares the topics' modules, and finds what they hold by the topic.
macro_rules! by_topic {
    ($($topic:ident in $module:ident,)+) => {
        $(pub(crate) mod $module;)+

        /// The shop's topics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ShopTopic {
            $(#[doc = concat!("The ", stringify!($module), " that a stream scores.")] $topic,)+
            /// What turned out to be true about the subjects of the others.
            Outcomes,
        }

        impl ShopTopic {
            /// Every topic, in a fixed order.
            pub const ALL: [Self; [$(stringify!($topic),)+ "outcomes"].len()] =
                [$(Self::$topic,)+ Self::Outcomes];

            fn facts(self) -> &'static TopicFacts {
                match self {
                    $(Self::$topic => &$module::FACTS,)+
                    Self::Outcomes => &OUTCOMES,
                }
            }
        }

        /// The lines of a shop. Of two records of the same time, that of the first line comes first.
        pub(crate) fn lines(config: &ShopConfig, catalogue: &Catalogue) -> Vec<Box<dyn Line>> {
            vec![$(Box::new($module::TopicLine::new(config, catalogue)),)+]
        }
    };
}

for_each_topic!(by_topic);

impl ShopTopic {
    /// The topic's usual name on the live cluster.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The file that [`write_jsonl`](crate::write_jsonl) writes the topic to.
    pub fn file_name(self) -> &'static str {
        self.facts().file
    }

    /// What its records are called.
    pub fn events(self) -> &'static str {
        self.facts().events
    }

    /// The kind of stream that scores its records, by the word that configs have for it; `None` for outcomes.
    pub fn kind(self) -> Option<&'static str> {
        self.facts().kind
    }

    /// Records that a shop writes to it by default; 0 for outcomes, which follow from the others.
    pub fn records(self) -> u64 {
        self.facts().records
    }
}

/// How many records each topic gets, malformed and skippable ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopRecords([u64; ShopTopic::ALL.len()]);

impl ShopRecords {
    /// Records of one topic.
    pub fn of(&self, topic: ShopTopic) -> u64 {
        self.0[topic as usize]
    }

    /// Records of all topics but outcomes.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, records| sum.saturating_add(*records))
    }
}

impl Default for ShopRecords {
    fn default() -> Self {
        Self(ShopTopic::ALL.map(ShopTopic::records))
    }
}

/// Topics that are not named get no record.
impl<const N: usize> From<[(ShopTopic, u64); N]> for ShopRecords {
    fn from(named: [(ShopTopic, u64); N]) -> Self {
        let mut counts = [0; ShopTopic::ALL.len()];
        for (topic, records) in named {
            counts[topic as usize] = records;
        }
        Self(counts)
    }
}
