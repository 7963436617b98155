//! Rows that ranking figures treat alike, from the highest score to the lowest.

/// A flag of a slot: its rows are positive.
pub(super) const POSITIVE: u8 = 1;
/// A flag of a slot: the last one of its score.
pub(super) const LAST_OF_TIE: u8 = 2;

/// Which rows count together.
pub(super) struct Slots {
    /// By slot, the flags above.
    pub(super) flags: Vec<u8>,
    /// Rows in each.
    pub(super) rows: Vec<u32>,
    /// Slot of each row.
    pub(super) of: Vec<u32>,
}

impl Slots {
    /// A tie with a positive has a slot for its positives and, if there are any, one for its negatives. Ties without a
    /// positive are one slot up to the next tie with one: only how many negatives they have together matters.
    pub(super) fn new(scores: &[f64], positive: &[bool]) -> Self {
        // Scores beside their rows: looking them up while sorting would wait for memory.
        let mut order: Vec<(f64, u32)> = scores.iter().copied().zip(0..).collect();
        order.sort_unstable_by(|(one, _), (next, _)| next.total_cmp(one));
        let mut slots = Self { flags: Vec::new(), rows: Vec::new(), of: vec![0; scores.len()] };
        let mut between = false;
        for tie in order.chunk_by(|(one, _), (next, _)| one == next) {
            let rows = |wanted: bool| {
                tie.iter().map(|(_, row)| *row).filter(move |row| positive[*row as usize] == wanted)
            };
            let positives = rows(true).count();
            if positives > 0 {
                slots.open(POSITIVE);
                rows(true).for_each(|row| slots.put(row));
            }
            if positives < tie.len() && !(between && positives == 0) {
                slots.open(0);
            }
            rows(false).for_each(|row| slots.put(row));
            slots.close();
            between = positives == 0;
        }
        slots
    }

    fn open(&mut self, flags: u8) {
        self.flags.push(flags);
        self.rows.push(0);
    }

    /// Puts a row in the last slot.
    fn put(&mut self, row: u32) {
        if let Some(rows) = self.rows.last_mut() {
            *rows += 1;
            self.of[row as usize] = self.flags.len() as u32 - 1;
        }
    }

    fn close(&mut self) {
        if let Some(last) = self.flags.last_mut() {
            *last |= LAST_OF_TIE;
        }
    }
}
