//! A summary for the terminal: the first page in sentences, the gates, data and warnings.

use super::front;
use super::text::{Unit, clean, count, counted, limits, minute, value};
use crate::document::{Figure, Report, VerdictWord};
use crate::kinds::{self, Warnings};
use bystander_core::kind::Kind;

/// At most this many lines, whatever the report holds.
const LINES: usize = 60;
/// Lines of the first page.
const BRIEF: usize = 10;
/// Figures, by their term, that ten lines have no room for.
const DETAILS: [&str; 2] = ["review-share", "mature"];
const GATES: usize = 12;
const WARNINGS: usize = 6;
const COUNTS: usize = 10;
const REASONS: usize = 3;

/// The summary in at most 60 lines of at most `width` columns (40 at least), with ANSI colours only if `color`.
pub fn terminal(report: &Report, width: usize, color: bool) -> String {
    let mut page = Page { width: width.max(40), color, lines: Vec::new() };
    page.verdict(report);
    page.known(report);
    page.gates(report);
    page.data(report);
    page.warnings(report);
    page.finish()
}

/// The first page in ten lines, or as many sentences as fit into them, of at most `width` columns (40 at least).
pub fn summary(report: &Report, width: usize, color: bool) -> String {
    let mut page = Page { width: width.max(40), color, lines: Vec::new() };
    for (place, (text, word)) in brief(report, &DETAILS).into_iter().enumerate() {
        let before = page.lines.len();
        page.say(&text, word);
        if page.lines.len() > BRIEF && place > 0 {
            page.lines.truncate(before);
            break;
        }
    }
    page.lines.truncate(BRIEF);
    page.finish()
}

/// The answer, each model in a sentence (but for the figures of some terms), which is better; answers with their result.
fn brief(report: &Report, without: &[&str]) -> Vec<(String, Option<VerdictWord>)> {
    let answers = front::answers(report).into_iter();
    let mut said: Vec<_> =
        answers.map(|(word, said)| (format!("{}  {said}", mark(word).trim_end()), Some(word))).collect();
    for chapter in kinds::chapters(&report.chapters) {
        let lines = chapter.brief(&report.gates, without).into_iter();
        said.extend(lines.map(|line| (format!("  {line}"), None)));
    }
    said
}

struct Page {
    width: usize,
    color: bool,
    lines: Vec<String>,
}

impl Page {
    fn verdict(&mut self, report: &Report) {
        for (text, word) in brief(report, &[]) {
            self.say(&text, word);
        }
    }

    /// An answer in the colour of its result, or another sentence.
    fn say(&mut self, text: &str, word: Option<VerdictWord>) {
        match word {
            Some(word) => self.painted(word, text, ""),
            None => self.wrapped(text, "    "),
        }
    }

    /// What is known of the labels, and when.
    fn known(&mut self, report: &Report) {
        let chapters = kinds::chapters(&report.chapters);
        for said in chapters.iter().filter_map(|chapter| chapter.maturity()) {
            self.wrapped(&format!("  {said}"), "    ");
        }
        let compared = Kind::ALL.map(|kind| kinds::report(kind).compared(&report.chapters));
        let known = format!("  As of {}; {} compared", minute(report.header.as_of), compared.join(" and "));
        self.wrapped(&known, "    ");
    }

    fn gates(&mut self, report: &Report) {
        if report.gates.is_empty() {
            return;
        }
        self.heading("Gates");
        for gate in report.gates.iter().take(GATES) {
            let found = figure(&gate.figure, &super::gate_unit(gate.unit, gate.currency.as_deref()));
            let line = format!("  {}  {}: {found}", mark(gate.result), gate.name);
            self.painted(gate.result, &line, "        ");
        }
        self.more(report.gates.len().saturating_sub(GATES), "gate", "gates");
    }

    /// What was left out of the figures, or stands in them with a doubt.
    fn data(&mut self, report: &Report) {
        let plain = ["comparisons", "outcomes", "live_decisions_filled"];
        let doubtful =
            report.data.counts.iter().filter(|one| one.count > 0 && !plain.contains(&one.name.as_str()));
        let doubtful: Vec<_> = doubtful.collect();
        let mixed = report.header.streams.iter().filter(|stream| stream.currencies.len() > 1);
        let mixed: Vec<_> = mixed.collect();
        if doubtful.is_empty() && mixed.is_empty() {
            return;
        }
        self.heading("Data");
        for stream in mixed {
            let codes: Vec<_> = stream.currencies.keys().map(String::as_str).collect();
            let listed = codes.join(", ");
            self.wrapped(
                &format!(
                    "  {}: {listed}, each for itself, added up only at rates of the config",
                    stream.stream
                ),
                "    ",
            );
        }
        for one in doubtful.iter().take(COUNTS) {
            let name = one.name.replace('_', " ");
            self.wrapped(&format!("  {} {name}: {}", count(one.count), one.meaning), "    ");
        }
        self.more(doubtful.len().saturating_sub(COUNTS), "count", "counts");
        for one in report.data.malformed.iter().take(REASONS) {
            self.wrapped(&format!("    {} for {}", count(one.count), one.name), "      ");
        }
    }

    fn warnings(&mut self, report: &Report) {
        let found = kinds::chapters(&report.chapters).into_iter().map(|chapter| chapter.warnings());
        let found: Vec<Warnings> = found.collect();
        let warnings: Vec<&String> = found
            .iter()
            .flat_map(|one| &one.regimes)
            .chain(found.iter().flat_map(|one| &one.drifted))
            .chain(found.iter().flat_map(|one| &one.slices))
            .collect();
        if warnings.is_empty() {
            return;
        }
        self.heading("To look at");
        for warning in warnings.iter().take(WARNINGS) {
            self.wrapped(&format!("  - {warning}"), "    ");
        }
        self.more(warnings.len().saturating_sub(WARNINGS), "warning", "warnings");
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(String::new());
        let text = fit(&clean(text), self.width);
        self.lines.push(if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text });
    }

    fn more(&mut self, left: usize, one: &str, many: &str) {
        if left > 0 {
            self.wrapped(
                &format!("  and {} more; all stand in the HTML", counted(left as u64, one, many)),
                "  ",
            );
        }
    }

    fn painted(&mut self, word: VerdictWord, text: &str, indent: &str) {
        let from = self.lines.len();
        self.wrapped(text, indent);
        let code = match word {
            VerdictWord::Met => "32",
            VerdictWord::Hold => "33",
            VerdictWord::NotMet => "31",
            VerdictWord::NoGates => "1",
        };
        for line in self.lines.iter_mut().skip(from).filter(|_| self.color) {
            *line = format!("\u{1b}[{code}m{line}\u{1b}[0m");
        }
    }

    /// Words on lines of at most `width`; what is longer than a line is cut.
    fn wrapped(&mut self, text: &str, indent: &str) {
        let text = clean(text).replace('\n', " ");
        let lead: String = text.chars().take_while(|letter| *letter == ' ').collect();
        let mut line = lead;
        let mut words = 0;
        for word in text.trim_start().split(' ') {
            if words > 0 && line.chars().count() + 1 + word.chars().count() > self.width {
                self.lines.push(fit(&line, self.width));
                line = indent.to_owned();
                words = 0;
            }
            if words > 0 {
                line.push(' ');
            }
            line.push_str(word);
            words += 1;
        }
        self.lines.push(fit(line.trim_end(), self.width));
    }

    fn finish(mut self) -> String {
        if self.lines.len() > LINES {
            self.lines.truncate(LINES - 1);
            self.lines.push("… and more; all of it stands in the HTML".to_owned());
        }
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

fn mark(word: VerdictWord) -> &'static str {
    match word {
        VerdictWord::Met => "MET    ",
        VerdictWord::Hold => "HOLD   ",
        VerdictWord::NotMet => "NOT MET",
        VerdictWord::NoGates => "NO GATES",
    }
}

fn figure(figure: &Figure, unit: &Unit) -> String {
    let Some(measured) = figure.shown() else {
        return format!("not shown: {}", figure.reason().unwrap_or_default());
    };
    let interval = measured.interval.map_or(String::new(), |interval| {
        let confidence = Unit::Share.show(interval.confidence).replace(".0%", "%");
        format!(" ({confidence}: {})", limits(measured, unit).unwrap_or_default())
    });
    let unlabelled = measured.range.as_ref().map_or(String::new(), |range| {
        format!(", {} without a label", counted(range.unlabelled, "decline", "declines"))
    });
    format!("{}{interval}, n {}{unlabelled}", value(measured, unit), count(measured.n))
}

fn fit(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width - 1).chain(['…']).collect()
}
