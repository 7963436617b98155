//! How much came over the wire.

/// Fewer delivered bytes than this say nothing about how well they compress.
const TELLING: u64 = 64 << 10;

/// Bytes received, told by the client now and then, and reckoned in between from what was delivered: a reader
/// that goes at full speed from one telling to the next would be far ahead of its pace.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// As last told.
    told: u64,
    /// Bytes of keys and values delivered by then.
    delivered_then: u64,
    delivered: u64,
    shown: u64,
}

impl Wire {
    pub(super) fn deliver(&mut self, bytes: usize) {
        self.delivered += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    /// What was received so far; never less than before.
    pub(super) fn received(&mut self, told: u64) -> u64 {
        if told != self.told {
            (self.told, self.delivered_then) = (told, self.delivered);
        }
        // What was delivered since makes room for as much to be fetched.
        let since = self.delivered - self.delivered_then;
        let since = if self.delivered_then < TELLING {
            since
        } else {
            let reckoned = u128::from(since) * u128::from(self.told) / u128::from(self.delivered_then);
            u64::try_from(reckoned).unwrap_or(u64::MAX)
        };
        self.shown = self.shown.max(self.told.saturating_add(since));
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_delivered_between_two_tellings_counts_as_it_compressed_so_far() {
        let mut wire = Wire::default();
        wire.deliver(1_000);
        assert_eq!(wire.received(0), 1_000, "nothing is known yet");
        wire.deliver(999_000);
        assert_eq!(wire.received(250_000), 250_000);
        wire.deliver(400_000);
        assert_eq!(wire.received(250_000), 350_000);
        assert_eq!(wire.received(340_000), 350_000, "never less than before");
        assert_eq!(wire.received(360_000), 360_000);
    }
}
