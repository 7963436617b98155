//! Resamples that are used while they are drawn, block by block: their weights are never kept.

use super::draw::BLOCK;
use super::parallel::in_parallel;
use super::{Resampling, draws};

/// What each resample comes to. `add(sum, block, weights of its clusters)` adds the blocks to what `empty` gives, in
/// their order, and `finish` ends it. `together` resamples go through a block at a time.
pub(super) fn drawn<S, T: Send>(
    clusters: usize,
    plan: &Resampling,
    together: usize,
    empty: impl Fn() -> S + Sync,
    add: impl Fn(&mut S, usize, &[u32]) + Sync,
    finish: impl Fn(S) -> T + Sync,
) -> Vec<T> {
    let parts = plan.resamples.div_ceil(together);
    let all = in_parallel(
        parts,
        plan.threads,
        || vec![0; BLOCK],
        |part, weights| {
            let numbers = part * together..plan.resamples.min((part + 1) * together);
            let mut resamples: Vec<_> =
                numbers.map(|number| (draws(clusters, plan, number), empty())).collect();
            for (block, begin) in (0..clusters).step_by(BLOCK).enumerate() {
                let weights = &mut weights[..BLOCK.min(clusters - begin)];
                for (draws, sum) in &mut resamples {
                    draws.fill(block, weights);
                    add(sum, block, weights);
                }
            }
            resamples.into_iter().map(|(_, sum)| finish(sum)).collect::<Vec<_>>()
        },
    );
    all.into_iter().flatten().collect()
}
