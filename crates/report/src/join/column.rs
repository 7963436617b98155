//! A column by event that takes no room until it has its first value.

/// Values by index; `absent` stands for those never set.
#[derive(Debug)]
pub(crate) struct Column<T> {
    values: Vec<T>,
    absent: T,
}

impl<T: Copy> Column<T> {
    pub(crate) fn new(absent: T) -> Self {
        Self { values: Vec::new(), absent }
    }

    pub(crate) fn set(&mut self, index: u32, value: T) {
        let index = index as usize;
        if index >= self.values.len() {
            self.values.resize(index + 1, self.absent);
        }
        self.values[index] = value;
    }

    /// Takes a value back.
    pub(crate) fn unset(&mut self, index: u32) {
        if let Some(value) = self.values.get_mut(index as usize) {
            *value = self.absent;
        }
    }

    pub(crate) fn get(&self, index: u32) -> T {
        self.values.get(index as usize).copied().unwrap_or(self.absent)
    }

    /// Takes each value to another place: `order` says which index comes at each.
    pub(crate) fn reorder(&mut self, order: &[u32]) {
        if self.used() {
            self.values = order.iter().map(|former| self.get(*former)).collect();
        }
    }

    /// Exchanges every value.
    pub(crate) fn change(&mut self, to: impl Fn(T) -> T) {
        self.values.iter_mut().for_each(|value| *value = to(*value));
    }

    /// The values up to the last one that was set.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.values.iter().copied()
    }

    /// Whether any value was set.
    pub(crate) fn used(&self) -> bool {
        !self.values.is_empty()
    }
}

/// Stands for an absent amount in a column of amounts: beyond every amount that is taken.
pub(crate) const NO_AMOUNT: i64 = i64::MIN;
/// Stands for an absent index.
pub(crate) const NO_INDEX: u32 = u32::MAX;
/// Stands for an absent currency.
pub(crate) const NO_CURRENCY: u8 = u8::MAX;

impl Column<i64> {
    pub(crate) fn amount(&self, index: u32) -> Option<i64> {
        Some(self.get(index)).filter(|amount| *amount != NO_AMOUNT)
    }
}

impl Column<f64> {
    pub(crate) fn number(&self, index: u32) -> Option<f64> {
        Some(self.get(index)).filter(|number| !number.is_nan())
    }
}

impl Column<u32> {
    pub(crate) fn index(&self, index: u32) -> Option<u32> {
        Some(self.get(index)).filter(|found| *found != NO_INDEX)
    }
}
