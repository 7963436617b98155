//! Tasks on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `work(task, scratch)` for each task, in order of the tasks; the scratch room belongs to a thread.
pub(super) fn in_parallel<S, T: Send>(
    tasks: usize,
    threads: Option<usize>,
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(usize, &mut S) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or(cores).clamp(1, cores.max(1)).min(tasks);
    let next = AtomicUsize::new(0);
    let one = || {
        let mut scratch = scratch();
        let mut done = Vec::new();
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks {
                return done;
            }
            done.push((task, work(task, &mut scratch)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
        let mut done = one();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(task, _)| *task);
    done.into_iter().map(|(_, result)| result).collect()
}
