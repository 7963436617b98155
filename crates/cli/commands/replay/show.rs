//! Plans, progress and receipts, for people.

use crate::logging::print;
use bystander_core::checkpoint::Totals;
use bystander_core::rejection::Code;
use bystander_core::time::Rfc3339;
use bystander_replay::{
    Account, CodeCount, Form, Input, LetterPlace, Plan, Receipt, ReplayProgress, Verification,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The plan as a table.
pub(super) fn plan(plan: &Plan, folder: Option<&Path>) -> String {
    let mut text = format!("{}: {} offsets or lines", plan.run, plan.span());
    if let Some(bytes) = plan.bytes() {
        let _ = write!(text, ", about {}", size(bytes));
    }
    let _ = writeln!(text);
    let width = plan.inputs.iter().map(|input| input.label.len()).max().unwrap_or(0).max(5);
    let _ = writeln!(
        text,
        "{:width$}  {:>12} {:>12} {:>10}  first record .. last record",
        "input", "from", "to", "read"
    );
    for input in &plan.inputs {
        let time = |time: Option<i64>| time.map_or_else(|| "-".to_owned(), |time| Rfc3339(time).to_string());
        let _ = writeln!(
            text,
            "{:width$}  {:>12} {:>12} {:>10}  {} .. {}",
            input.label,
            input.start,
            input.end,
            input.span(),
            time(input.first_ms),
            time(input.last_ms)
        );
        for account in &input.accounts {
            if let Some((from, to)) = account.gap() {
                let Account { topic, partition, .. } = account;
                let lost = to - from;
                let _ = writeln!(
                    text,
                    "  GAP: {lost} offsets of {topic}[{partition}] are gone, {from} to {to}: retention"
                );
            }
        }
    }
    for model in &plan.models {
        let alias = model.alias.as_ref().map_or_else(String::new, |alias| format!(" ({alias})"));
        let _ = writeln!(
            text,
            "{} is scored by {}/{}{alias}, sha256 {}",
            model.stream,
            model.name,
            model.version,
            model.sha256.get(..12).unwrap_or_default()
        );
    }
    if let Some(window) = plan.window {
        let time = |time: Option<i64>| time.map_or_else(|| "..".to_owned(), |time| Rfc3339(time).to_string());
        let _ = writeln!(
            text,
            "only records from {} to before {}, by their own time",
            time(window.from_ms),
            time(window.to_ms)
        );
    }
    match folder {
        Some(folder) => {
            let _ = write!(text, "writes {} and the receipt to {}", plan.output, folder.display());
        }
        None => text.push_str("writes nothing: compares with what was recorded"),
    }
    text
}

fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        1e9.. => format!("{:.1} GB", bytes / 1e9),
        1e6.. => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.0} kB", bytes / 1e3),
    }
}

/// How often a line is written where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows progress on standard error until `done`.
pub(super) fn progress(plan: &Plan, progress: &ReplayProgress, done: &AtomicBool) {
    let total = plan.span();
    let begun = Instant::now();
    let first = progress.published();
    let bar = std::io::stderr().is_terminal().then(|| bar(total));
    let mut said = Instant::now();
    while !done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        let records = progress.records();
        let rate = records as f64 / begun.elapsed().as_secs_f64().max(1e-3);
        // What is read but not yet published moves the bar as well, up to the end.
        let at = (first + records).max(progress.published()).min(total);
        if let Some(bar) = &bar {
            bar.set_position(at);
            bar.set_message(format!("{rate:.0}/s, {} left", total - at));
        } else if said.elapsed() >= LINE_INTERVAL {
            said = Instant::now();
            let left = total - at;
            let eta = left as f64 / rate.max(1e-9);
            tracing::info!(at, total, left, rate = rate.round(), eta_seconds = eta.ceil(), "replaying");
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let template = "{bar:40} {percent:>3} % {human_pos}/{human_len} {msg}, {eta} to go";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// The receipt in a few lines.
pub(super) fn receipt(receipt: &Receipt, inputs: &[Input], path: &Path) {
    let totals = &receipt.totals;
    print(format_args!(
        "{}: read {} = compared {} + dead letters {} + skipped {}; {} comparisons",
        receipt.run,
        totals.read,
        totals.compared,
        totals.dead_lettered,
        totals.skipped_total(),
        receipt.comparisons
    ));
    for letters in &receipt.dead_letters {
        print(format_args!("  {}", letters_of(letters, inputs)));
    }
    let gaps: Vec<_> = receipt.partitions.iter().filter(|one| !one.gaps.is_empty()).collect();
    for one in gaps {
        let ranges: Vec<_> = one.gaps.iter().map(|(from, to)| format!("{from} to {to}")).collect();
        print(format_args!(
            "GAP: {}[{}] lost offsets {} to retention",
            one.topic,
            one.partition,
            ranges.join(", ")
        ));
    }
    if receipt.outside > 0 {
        print(format_args!(
            "{} records were read that were not asked for: their time is outside",
            receipt.outside
        ));
    }
    print(format_args!("digest {}", receipt.digest));
    print(format_args!("receipt {}", path.display()));
}

/// Dead letters of one code: how many, where the first is, and what usually mends them.
pub(super) fn letters_of(letters: &CodeCount, inputs: &[Input]) -> String {
    let CodeCount { stage, code, count, first } = letters;
    let at = if first.at.is_empty() { String::new() } else { format!(" at {}", first.at) };
    let fix = Code::ALL.into_iter().find(|known| known.name() == code).map_or("", Code::fix);
    format!("{count} {code} ({stage}), first {}{at}; {fix}", place(first, inputs))
}

/// Where a record is: its line where a file's lines are its offsets, else its offset.
fn place(place: &LetterPlace, inputs: &[Input]) -> String {
    let LetterPlace { topic, partition, offset, .. } = place;
    let lines = inputs.iter().find_map(|input| {
        let (path, number) = input.label.rsplit_once('#')?;
        let [account] = &input.accounts[..] else { return None };
        let is_lines = input.form == Form::File && (account.start, account.end) == (input.start, input.end);
        (is_lines && number.parse() == Ok(*partition) && account.topic == *topic).then_some(path)
    });
    match lines {
        Some(path) => format!("{path}:{}", offset + 1),
        None => format!("{topic}[{partition}] offset {offset}"),
    }
}

/// Why a replay of which too little could be read has failed, if it has.
pub(super) fn unreadable(receipt: &Receipt, inputs: &[Input], min_readable: f64) -> Option<String> {
    let Totals { compared, dead_lettered, .. } = receipt.totals;
    let all = compared + dead_lettered;
    let share = compared as f64 / all.max(1) as f64;
    if all == 0 || compared > 0 && share >= min_readable {
        return None;
    }
    let what = match compared {
        0 => format!("none of {all} records could be read"),
        _ => format!(
            "{compared} of {all} records could be read, less than replay.min_readable = {min_readable}"
        ),
    };
    let most: Vec<_> = receipt.dead_letters.iter().take(3).map(|one| letters_of(one, inputs)).collect();
    Some(format!("{what}: {}", most.join(". ")))
}

/// What verification found.
pub(super) fn verification(found: &Verification) {
    print(format_args!(
        "identical {}, differing {} (decisions {}), not recorded {}, not replayed {}, recorded twice {}",
        found.identical,
        found.differing,
        found.decisions_differ,
        found.not_recorded,
        found.not_replayed,
        found.recorded_twice
    ));
    if found.other_models > 0 {
        print(format_args!(
            "{} recorded comparisons are by models that were not verified",
            found.other_models
        ));
        if found.not_recorded > 0 {
            print(
                "if a model was promoted in this range, verify the parts before and after it by themselves: --from and --to, \
                 and --models for the versions of that time",
            );
        }
    }
    if found.differing > 0 {
        print(format_args!("largest difference of scores {:e}", found.largest_score_difference));
    }
    for example in &found.examples {
        print(format_args!(
            "  {} {}: recorded {} ({}), replayed {} ({})",
            example.event,
            example.model,
            example.recorded,
            example.scores.0,
            example.replayed,
            example.scores.1
        ));
    }
    print(if found.is_identical() { "verified: identical to the bit" } else { "NOT IDENTICAL" });
}
