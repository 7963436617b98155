//! Shards: how many are in each state, what is wrong with those that don't run, and all of them in a grid.

use crate::clusters::Cluster;
use crate::health::{ShardState, ShardStatus};
use crate::status::Status;
use crate::text::{duration, numbers};
use maud::{Markup, html};

pub(super) fn body(status: &Status) -> Markup {
    let shards = &status.shards;
    html! {
        @if shards.is_empty() {
            p { "This instance has no shard now, so it reads nothing." }
            p.soft { (elsewhere(status)) }
        } @else {
            p.soft { (elsewhere(status)) }
            p.soft { (states(shards)) }
            @if live_is_away(status) { p.soft { "They wait for the live cluster." } }
            ul.list { @for shard in shards.iter().filter(|shard| looked_at(shard)) { (progress(shard)) } }
            ol.cells { @for shard in shards { (cell(shard)) } }
        }
    }
}

/// How many shards there are, and who has those that don't run here.
fn elsewhere(status: &Status) -> String {
    let Some(all) = status.shards_expected else {
        return "How many shards there are is not known: the shadow cluster has not answered yet.".to_owned();
    };
    let shards =
        if all == 1 { "The job has 1 shard".to_owned() } else { format!("The job has {all} shards") };
    match &status.group {
        None => format!(
            "{shards}. What other instances run is not known: the group's coordinator does not answer."
        ),
        Some(group) if !group.settled && group.instances > 0 => {
            format!("{shards}. A rebalance is about to share them among {} instances.", group.instances)
        }
        Some(group) if group.unowned.is_empty() => {
            let instances = if group.instances == 1 { "instance" } else { "instances" };
            format!("{shards}, shared by {} {instances}.", group.instances)
        }
        Some(group) => {
            let unowned = group.unowned.iter().map(|shard| shard.shard);
            format!("{shards}. No instance runs {}.", numbers("shard", "shards", unowned))
        }
    }
}

fn live_is_away(status: &Status) -> bool {
    status.outages().any(|cluster| cluster.cluster == Cluster::Live)
}

fn looked_at(shard: &ShardStatus) -> bool {
    shard.overdue || shard.state == ShardState::Failed
}

fn states(shards: &[ShardStatus]) -> String {
    let of = |state| shards.iter().filter(|shard| shard.state == state).count();
    let worst_first = [ShardState::Failed, ShardState::Starting, ShardState::Draining, ShardState::Running];
    let said = worst_first.map(|state| (of(state), state.name()));
    let there =
        said.iter().filter(|(number, _)| *number > 0).map(|(number, name)| format!("{number} {name}"));
    there.collect::<Vec<_>>().join(" · ")
}

fn progress(shard: &ShardStatus) -> Markup {
    let limit = if shard.overdue { "beyond" } else { "within" };
    html! {
        li {
            strong { "Shard " (shard.shard) ", " (shard.state.name()) } ": no progress for " (duration(shard.seconds)) ", "
            (limit) " its " (duration(shard.limit_seconds)) "."
            @if let Some(error) = &shard.last_error { " " (error) }
        }
    }
}

fn cell(shard: &ShardStatus) -> Markup {
    let class = if shard.overdue { "overdue" } else { shard.state.name() };
    html! { li class=(class) { b { (shard.shard) } (shard.state.name()) } }
}
