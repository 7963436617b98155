//! The shop as one stream of events in time order.

use std::fmt::Debug;

use jiff::Timestamp;

use crate::catalogue::Catalogue;
use crate::config::{ConfigError, ShopConfig};
use crate::event::{Expected, ShopEvent};
use crate::outcomes::{Outcome, Outstanding};
use crate::topics::{self, ShopTopic};

/// A part of the shop that writes to a topic.
pub(crate) trait Line: Debug + Send {
    /// When its next record is written, epoch milliseconds.
    fn next_millis(&mut self) -> Option<i64>;

    /// Its next record. What becomes of it is added to `outcomes`.
    fn next_event(&mut self, outcomes: &mut Outstanding) -> Option<ShopEvent>;
}

/// Yields a shop's events and their outcomes in time order, until the last dispute is closed.
///
/// Memory is bounded by the number of customers (at most 40,000) and of outcomes not reported yet.
#[derive(Debug)]
pub struct Shop {
    lines: Vec<Box<dyn Line>>,
    outcomes: Outstanding,
}

impl Shop {
    /// Opens a shop.
    ///
    /// # Errors
    /// Where a field of `config` is out of its range.
    pub fn new(config: &ShopConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let catalogue = Catalogue::new(config.seed);
        Ok(Self { lines: topics::lines(config, &catalogue), outcomes: Outstanding::new(config.seed) })
    }
}

impl Iterator for Shop {
    type Item = ShopEvent;

    fn next(&mut self) -> Option<ShopEvent> {
        let due =
            self.lines.iter_mut().enumerate().filter_map(|(place, line)| Some((line.next_millis()?, place)));
        let due = due.min();
        match (due, self.outcomes.next_millis()) {
            (Some((millis, place)), outcome) if outcome.is_none_or(|outcome| millis <= outcome) => {
                self.lines[place].next_event(&mut self.outcomes)
            }
            _ => self.outcomes.pop().map(outcome_event),
        }
    }
}

fn outcome_event(outcome: Outcome) -> ShopEvent {
    ShopEvent {
        topic: ShopTopic::Outcomes,
        payload: Some(outcome.payload),
        time: time(outcome.reported_millis),
        key: outcome.subject_id,
        expected: Expected::Good,
        truth: None,
    }
}

pub(crate) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
