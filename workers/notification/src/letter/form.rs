//! The form of a letter: the same parts as plain text and as HTML.

use std::fmt::Write;

use crate::{Letter, mail::one_line};

/// A line with an amount.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) label: String,
    pub(super) amount: String,
}

/// What was ordered, for how much.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) lines: Vec<Sum>,
    pub(super) total: Sum,
}

/// The parts of a letter, top to bottom.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) language: &'static str,
    pub(super) subject: String,
    pub(super) greeting: Option<String>,
    pub(super) sentences: Vec<String>,
    pub(super) list: Vec<String>,
    /// What it is, and where.
    pub(super) link: Option<(&'static str, String)>,
    pub(super) bill: Option<Bill>,
}

impl Draft {
    pub(super) fn finish(self) -> Letter {
        let sms = match &self.link {
            Some((_, url)) => format!("{} {url}", self.subject),
            None => self.subject.clone(),
        };
        Letter {
            text: self.text(),
            html: self.html(),
            sms: one_line(&sms),
            subject: self.subject,
        }
    }

    fn text(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.greeting.clone());
        parts.extend(self.sentences.iter().cloned());
        if !self.list.is_empty() {
            let items: Vec<String> = self.list.iter().map(|item| format!("  {item}")).collect();
            parts.push(items.join("\n"));
        }
        if let Some((label, url)) = &self.link {
            parts.push(format!("{label}: {url}"));
        }
        if let Some(bill) = &self.bill {
            let lines = bill.lines.iter().chain([&bill.total]);
            let lines = lines.map(|sum| format!("  {}  {}", one_line(&sum.label), sum.amount));
            parts.push(lines.collect::<Vec<_>>().join("\n"));
        }
        parts.join("\n\n") + "\n"
    }

    /// Styles are written at each element, because mail programs throw style sheets away.
    fn html(&self) -> String {
        let mut body = String::new();
        for sentence in self.greeting.iter().chain(&self.sentences) {
            let _ = write!(body, "<p>{}</p>", escaped(sentence));
        }
        if !self.list.is_empty() {
            let items = self.list.iter();
            let items = items.map(|item| format!("<li>{}</li>", escaped(item)));
            let _ = write!(body, "<ul>{}</ul>", items.collect::<String>());
        }
        if let Some((label, url)) = &self.link {
            body.push_str(&link(label, url));
        }
        if let Some(bill) = &self.bill {
            let lines: String = bill.lines.iter().map(|sum| row(sum, "td")).collect();
            let total = row(&bill.total, "th");
            let style = "border-collapse:collapse";
            let _ = write!(body, "<table style=\"{style}\">{lines}{total}</table>");
        }
        let (language, title) = (self.language, escaped(&self.subject));
        let style = "font-family:sans-serif;line-height:1.5;color:#222;max-width:36em";
        format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <title>{title}</title></head>\n<body style=\"{style}\">{body}</body></html>\n"
        )
    }
}

fn row(sum: &Sum, cell: &str) -> String {
    let (label, amount) = (escaped(&sum.label), escaped(&sum.amount));
    let (left, right) = (
        "text-align:left;padding:.2em 1em .2em 0",
        "text-align:right",
    );
    format!(
        "<tr><{cell} style=\"{left}\">{label}</{cell}><{cell} style=\"{right}\">{amount}</{cell}></tr>"
    )
}

/// A link that runs nothing: an address of another scheme is only shown.
fn link(label: &str, url: &str) -> String {
    let (label, shown) = (escaped(label), escaped(url));
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<p><a href=\"{shown}\">{label}</a></p>")
    } else {
        format!("<p>{label}: {shown}</p>")
    }
}

/// Text as it may stand between tags and inside quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
