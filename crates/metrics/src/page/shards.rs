//! Shards: how many are in each state, what is wrong with those that don't run, and all of them in a grid.

use crate::health::{ShardState, ShardStatus};
use crate::status::Status;
use crate::text::duration;
use maud::{Markup, html};

pub(super) fn body(status: &Status) -> Markup {
    let shards = &status.shards;
    html! {
        @if shards.is_empty() {
            p { "This instance has no shard now, so it reads nothing." }
        } @else {
            p.soft { (states(shards)) }
            ul.list { @for shard in shards.iter().filter(|shard| looked_at(shard)) { (trouble(shard)) } }
            ol.cells { @for shard in shards { (cell(shard)) } }
        }
    }
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

fn trouble(shard: &ShardStatus) -> Markup {
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
