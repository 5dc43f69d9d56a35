//! The picture of the outcomes: two bars for each fault, in colours that suit light and dark pages.

use std::fmt::Write as _;

use super::{faults::Aftermath, report::FaultReport};

const WIDTH: u64 = 940;
const TOP: u64 = 78;
const ROW: u64 = 68;
const BAR_LEFT: u64 = 72;
const BAR_WIDTH: u64 = 400;
const BAR_HEIGHT: u64 = 16;
/// Right edges of the columns of latencies.
const ANSWER: u64 = 838;
const CONFIRMED: u64 = 934;
/// Least width of a part that is not empty, so that one order in a thousand is visible.
const LEAST: u64 = 3;

const STYLE: &str = "
text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.fault{font-weight:600}.note,.column{font-size:12px;fill:#666}.column{text-anchor:end}
.confirmed{fill:#5a9e78}.unnotified{fill:#d8a848}.refused{fill:#a9b2bb}.inconsistent{fill:#c65f52}
@media(prefers-color-scheme:dark){text{fill:#ddd}.note,.column{fill:#aaa}.refused{fill:#79838d}}
";

/// Class of the style, label of the legend, and number of orders.
type Part = (&'static str, &'static str, u64);

fn parts(aftermath: &Aftermath) -> [Part; 4] {
    let outcome = &aftermath.outcome;
    [
        ("confirmed", "confirmed", outcome.confirmed),
        (
            "unnotified",
            "confirmed, never notified",
            outcome.not_notified,
        ),
        ("refused", "refused", outcome.refused),
        (
            "inconsistent",
            "inconsistent: units or money kept",
            outcome.inconsistent,
        ),
    ]
}

/// Draws the outcomes of `orders` orders for each fault.
pub(super) fn draw(orders: u64, faults: &[FaultReport]) -> String {
    let height = TOP + ROW * faults.len() as u64 + 8;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>Outcome of {orders} orders for each fault, services calling each other over REST beside events</title>\n\
         <style>{STYLE}</style>\n"
    );
    text(
        &mut svg,
        (0, 18),
        "title",
        &format!("What becomes of {orders} orders when a service fails"),
    );
    if let Some(first) = faults.first() {
        legend(&mut svg, &parts(&first.rest));
    }
    text(&mut svg, (ANSWER, TOP - 10), "column", "answer p99");
    text(&mut svg, (CONFIRMED, TOP - 10), "column", "confirmed p99");
    let mut top = TOP;
    for report in faults {
        text(&mut svg, (0, top), "fault", &report.fault);
        for (line, (name, aftermath)) in (0..).zip(report.shops()) {
            bar(
                &mut svg,
                top + 8 + line * (BAR_HEIGHT + 4),
                name,
                aftermath,
                orders,
            );
        }
        top += ROW;
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String, parts: &[Part]) {
    let mut left = 0;
    for (class, label, _) in parts {
        rectangle(svg, class, (left, 34), (12, 12));
        text(svg, (left + 18, 45), "note", label);
        left += 42 + 7 * label.len() as u64;
    }
}

fn bar(svg: &mut String, top: u64, name: &str, aftermath: &Aftermath, orders: u64) {
    let baseline = top + BAR_HEIGHT - 3;
    text(svg, (12, baseline), "", name);
    let (mut left, mut notes) = (BAR_LEFT, Vec::new());
    for (class, _, count) in parts(aftermath) {
        if count == 0 {
            continue;
        }
        let width = (count * BAR_WIDTH / orders.max(1)).max(LEAST);
        rectangle(svg, class, (left, top), (width, BAR_HEIGHT));
        left += width;
        notes.push(format!(
            "{count} {}",
            class.replace("unnotified", "not notified")
        ));
    }
    text(svg, (left + 8, baseline), "note", &notes.join(", "));
    for (right, latency) in [
        (ANSWER, &aftermath.answer),
        (CONFIRMED, &aftermath.confirmed),
    ] {
        let seconds = format!("{:.2} s", latency.p99 / 1000.0);
        text(svg, (right, baseline), "column", &seconds);
    }
}

fn rectangle(svg: &mut String, class: &str, (x, y): (u64, u64), (width, height): (u64, u64)) {
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
    );
}

/// Adds a line of text without markup.
fn text(svg: &mut String, (x, y): (u64, u64), class: &str, line: &str) {
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{line}</text>"
    );
}
