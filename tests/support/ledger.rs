//! Three books that must agree: what the simulator says it sent, what the other client reads, what `status` says.

use super::Job;
use bystander_testkit::Account;
use serde_json::Value;
use std::ops::Add;

/// Records that the simulator sent, by what it meant them to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fed {
    /// All orders.
    pub orders: u64,
    /// All quotes.
    pub quotes: u64,
    /// Sound orders that the binding scores.
    pub good_orders: u64,
    /// Sound quotes that the binding scores.
    pub good_quotes: u64,
    /// Sound records that the binding skips.
    pub skips: u64,
    /// Malformed records.
    pub malformed: u64,
}

impl Fed {
    /// Reads the simulator's own summary.
    pub fn read(out: &str) -> Self {
        let [orders, good_orders, order_skips, malformed_orders] = numbers(out, "orders: ");
        let [quotes, good_quotes, quote_skips, malformed_quotes] = numbers(out, "price quotes: ");
        let (skips, malformed) = (order_skips + quote_skips, malformed_orders + malformed_quotes);
        Self { orders, quotes, good_orders, good_quotes, skips, malformed }
    }

    /// All records.
    pub fn events(&self) -> u64 {
        self.orders + self.quotes
    }
}

impl Add for Fed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            quotes: self.quotes + other.quotes,
            good_orders: self.good_orders + other.good_orders,
            good_quotes: self.good_quotes + other.good_quotes,
            skips: self.skips + other.skips,
            malformed: self.malformed + other.malformed,
        }
    }
}

fn numbers(out: &str, name: &str) -> [u64; 4] {
    let line =
        out.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}in {out}"));
    let numbers: Vec<u64> = line
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    numbers.try_into().unwrap_or_else(|found| panic!("four numbers in {line:?}, not {found:?}"))
}

impl Job<'_> {
    /// Fails the test unless every record that was fed is accounted for exactly, by the simulator, the other
    /// client and `status` alike.
    pub fn assert_exact(&self, fed: &Fed) -> Account {
        let account = self.account();
        if !account.clean {
            self.keep_evidence(&account);
        }
        assert_eq!(
            [account.missing, account.duplicates, account.order_violations, account.unknown],
            [0; 4],
            "missing, duplicates, order violations, unknown; {:?}",
            account.examples
        );
        assert!(account.accounts_match && account.clean, "{account:#?}");
        assert_eq!(account.events, fed.events(), "the simulator sent {fed:?}");
        assert_eq!(account.comparisons, 2 * fed.good_orders + fed.good_quotes, "the simulator sent {fed:?}");
        assert_eq!(
            account.dead_letters + account.skipped,
            fed.malformed + fed.skips,
            "the simulator sent {fed:?}"
        );
        assert!(account.dead_letters > 0 && account.skipped > 0, "both are fed: {account:?}");
        agree(&account, &self.status());
        account
    }
}

fn agree(account: &Account, status: &Value) {
    let total = |name: &str| status["totals"][name].as_u64().unwrap();
    let sum =
        |of: fn(&bystander_testkit::PartitionAccount) -> u64| account.partitions.iter().map(of).sum::<u64>();
    assert_eq!(total("read"), account.events);
    assert_eq!(total("compared"), sum(|partition| partition.compared));
    assert_eq!(total("dead_lettered"), account.dead_letters);
    let skips = status["totals"]["skipped"].as_object().unwrap();
    assert_eq!(skips.len(), account.skip_reasons.len());
    for (reason, count) in &account.skip_reasons {
        assert_eq!(skips[reason].as_u64(), Some(*count), "skips because of {reason}");
    }
    assert_eq!((&status["lag"], &status["balanced"]), (&Value::from(0), &Value::from(true)));
    let partitions = status["partitions"].as_array().unwrap();
    assert_eq!(partitions.len(), account.partitions.len());
    for partition in &account.partitions {
        let shown = partitions.iter().find(|shown| {
            shown["topic"] == partition.topic.as_str() && shown["partition"] == partition.partition
        });
        let shown = shown.unwrap_or_else(|| panic!("status has no {partition:?}"));
        assert_eq!(shown["totals"]["read"].as_u64(), Some(partition.events));
        assert_eq!(shown["next_offset"].as_i64(), partition.next_offset);
    }
}
