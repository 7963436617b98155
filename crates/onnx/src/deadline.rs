//! A deadline for every call of the runtime.
//!
//! The runtime looks at a flag between two nodes of a graph, those of a loop's body included. One thread of the process
//! raises it for calls that take too long. A single node that never comes back can't be ended by anyone in this process:
//! when the flag has had no effect for as long as the deadline again, the handler of [`on_stuck`] is told.

use bystander_core::record::Position;
use ort::session::{HasSelectedOutputs, RunOptions};
use parking_lot::Mutex;
use std::fmt;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

/// How often runs are looked at.
const TICK: Duration = Duration::from_millis(20);
/// Deadline of a call unless another is set; the load gate's.
pub(crate) const DEFAULT: Duration = Duration::from_secs(60);

/// A call that the runtime doesn't come back from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// The model, as `name/version`.
    pub model: String,
    /// The input topic of the rows, if they came from one.
    pub topic: Option<String>,
    /// The record of the first row.
    pub first: Position,
    /// For how long it has been running.
    pub lasted: Duration,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "model {} has not come back for {:?} and can't be ended", self.model, self.lasted)?;
        match (&self.topic, self.first) {
            (Some(topic), Position { partition, offset }) => {
                write!(f, "; its rows begin with the record at {topic} partition {partition} offset {offset}")
            }
            (None, _) => Ok(()),
        }
    }
}

static ON_STUCK: OnceLock<fn(&Stuck)> = OnceLock::new();

/// Sets what is done about a call that can't be ended; called once per call, on a thread of its own. The first handler
/// that is set stays.
pub fn on_stuck(handler: fn(&Stuck)) {
    let _ = ON_STUCK.set(handler);
}

/// What a run's state says when it is no time.
const IDLE: u64 = 0;
const ENDING: u64 = u64::MAX - 1;
const ENDED: u64 = u64::MAX;

/// The calls of one session, of which there is one at a time.
pub(crate) struct Run {
    options: SharedOptions,
    /// [`IDLE`], the time at which the present call is due, or that it is being ended. A compare-and-swap takes it from
    /// due to ending, so that a call is never ended in place of the one before.
    state: AtomicU64,
    limit_ms: AtomicU64,
    model: OnceLock<String>,
    topic: OnceLock<String>,
    partition: AtomicI32,
    offset: AtomicI64,
}

/// Options that another thread may raise the flag of.
struct SharedOptions(RunOptions<HasSelectedOutputs>);

// SAFETY: `RunOptions` isn't `Sync` for the sake of preallocated outputs, and `BoundSession` preallocates none. Beside the
// thread that scores, only the watch has access, and it calls nothing but `terminate`, which the runtime documents as
// callable from any thread.
#[allow(unsafe_code, reason = "see above; `ort` offers no handle that can only terminate")]
unsafe impl Sync for SharedOptions {}

impl Run {
    /// Calls with these options, watched from now on.
    pub(crate) fn new(options: RunOptions<HasSelectedOutputs>) -> Result<Arc<Self>, std::io::Error> {
        let run = Arc::new(Self {
            options: SharedOptions(options),
            state: AtomicU64::new(IDLE),
            limit_ms: AtomicU64::new(milliseconds(DEFAULT)),
            model: OnceLock::new(),
            topic: OnceLock::new(),
            partition: AtomicI32::new(0),
            offset: AtomicI64::new(0),
        });
        watch(&run)?;
        Ok(run)
    }

    pub(crate) fn options(&self) -> &RunOptions<HasSelectedOutputs> {
        &self.options.0
    }

    pub(crate) fn name(&self, model: &str) {
        self.model.get_or_init(|| model.to_owned());
    }

    /// Sets the deadline of calls from now on.
    pub(crate) fn limit(&self, deadline: Duration) {
        self.limit_ms.store(milliseconds(deadline), Ordering::Relaxed);
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.limit_ms.load(Ordering::Relaxed))
    }

    /// Which records the next calls are about.
    pub(crate) fn about(&self, topic: &str, first: Position) {
        self.topic.get_or_init(|| topic.to_owned());
        self.partition.store(first.partition, Ordering::Relaxed);
        self.offset.store(first.offset, Ordering::Relaxed);
    }

    /// A call begins.
    pub(crate) fn begin(&self) {
        let due = now_ms().saturating_add(self.limit_ms.load(Ordering::Relaxed));
        self.state.store(due.clamp(IDLE + 1, ENDING - 1), Ordering::Release);
    }

    /// The call came back; tells whether it was left to itself.
    pub(crate) fn finish(&self) -> bool {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            match state {
                ENDED => break,
                // The flag is being raised: it must not come down on the next call.
                ENDING => {
                    std::thread::yield_now();
                    state = self.state.load(Ordering::Acquire);
                }
                due => match self.state.compare_exchange(due, IDLE, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => return true,
                    Err(other) => state = other,
                },
            }
        }
        if let Err(error) = self.options.0.unterminate() {
            tracing::error!(%error, "the runtime's flag can't be lowered");
        }
        self.state.store(IDLE, Ordering::Release);
        false
    }

    /// Ends the call if it is due; tells whether this look did.
    fn end_if_due(&self, now: u64) -> bool {
        let due = self.state.load(Ordering::Acquire);
        if matches!(due, IDLE | ENDING | ENDED) || now < due {
            return false;
        }
        if self.state.compare_exchange(due, ENDING, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return false;
        }
        if let Err(error) = self.options.0.terminate() {
            tracing::error!(%error, "a call of the runtime can't be ended");
        }
        self.state.store(ENDED, Ordering::Release);
        true
    }

    fn stuck(&self, lasted: Duration) -> Stuck {
        Stuck {
            model: self.model.get().cloned().unwrap_or_default(),
            topic: self.topic.get().cloned(),
            first: Position {
                partition: self.partition.load(Ordering::Relaxed),
                offset: self.offset.load(Ordering::Relaxed),
            },
            lasted,
        }
    }
}

/// A run under watch, and since when its call ought to be over.
struct Watched {
    run: Weak<Run>,
    ended: Option<Instant>,
}

type Watch = Mutex<Vec<Watched>>;

fn watch(run: &Arc<Run>) -> Result<(), std::io::Error> {
    static WATCH: OnceLock<Arc<Watch>> = OnceLock::new();
    let watched = Watched { run: Arc::downgrade(run), ended: None };
    let runs = WATCH.get_or_init(Arc::default);
    let mut list = runs.lock();
    if list.is_empty() {
        // The first run, or all former ones are gone, and so is their thread.
        let runs = Arc::clone(runs);
        std::thread::Builder::new().name("deadlines".into()).spawn(move || keep_watch(&runs))?;
    }
    list.push(watched);
    Ok(())
}

/// Looks at all runs until there are none.
fn keep_watch(runs: &Watch) {
    loop {
        std::thread::sleep(TICK);
        let mut runs = runs.lock();
        runs.retain_mut(Watched::look);
        if runs.is_empty() {
            return;
        }
    }
}

impl Watched {
    /// Ends the call if it is due; tells whether the session is still there.
    fn look(&mut self) -> bool {
        let Some(run) = self.run.upgrade() else { return false };
        if run.end_if_due(now_ms()) {
            self.ended = Some(Instant::now());
        }
        if run.state.load(Ordering::Acquire) != ENDED {
            self.ended = None;
        }
        let patience = run.deadline();
        if self.ended.is_some_and(|ended| ended.elapsed() >= patience) {
            self.ended = None;
            let stuck = run.stuck(2 * patience);
            tracing::error!("{stuck}");
            if let Some(handler) = ON_STUCK.get() {
                handler(&stuck);
            }
        }
        true
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Time since the first look at it.
fn now_ms() -> u64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    milliseconds(BEGAN.get_or_init(Instant::now).elapsed())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ort::session::OutputSelector;

    static TOLD: Mutex<Vec<Stuck>> = Mutex::new(Vec::new());

    fn told(model: &str) -> Vec<Stuck> {
        let told = TOLD.lock();
        told.iter().filter(|stuck| stuck.model == model).cloned().collect()
    }

    fn run(model: &str) -> Arc<Run> {
        // Options are made by the library, which has to be loaded first.
        let library = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../target/onnxruntime/libonnxruntime.so");
        let _runtime = crate::Runtime::open(Some(&library)).unwrap();
        let run = Run::new(RunOptions::new().unwrap().with_outputs(OutputSelector::no_default())).unwrap();
        run.name(model);
        run.limit(Duration::from_millis(50));
        run
    }

    #[test]
    fn a_call_that_can_not_be_ended_is_told_once_with_model_and_record() {
        on_stuck(|stuck| TOLD.lock().push(stuck.clone()));
        let run = run("stuck/1");
        run.about("shop.orders", Position { partition: 3, offset: 41 });
        run.begin();
        while told("stuck/1").is_empty() {
            std::thread::sleep(TICK);
        }
        std::thread::sleep(10 * TICK);
        let told = told("stuck/1");
        assert_eq!(told.len(), 1);
        assert!(told[0].to_string().contains("model stuck/1"), "{}", told[0]);
        assert!(told[0].to_string().contains("shop.orders partition 3 offset 41"), "{}", told[0]);
        assert!(!run.finish());
    }

    #[test]
    fn a_call_that_comes_back_when_it_is_ended_is_not_stuck() {
        on_stuck(|stuck| TOLD.lock().push(stuck.clone()));
        let run = run("slow/1");
        for _ in 0..3 {
            run.begin();
            while run.state.load(Ordering::Acquire) != ENDED {
                std::thread::sleep(TICK / 4);
            }
            assert!(!run.finish());
            run.begin();
            assert!(run.finish());
        }
        std::thread::sleep(10 * TICK);
        assert!(told("slow/1").is_empty());
    }
}
