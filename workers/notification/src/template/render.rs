//! Rendering of a template as plain text, HTML and SMS.

use std::fmt::Write;

use crate::{Content, mail::one_line};

/// A row of the bill.
#[derive(Debug)]
pub(super) struct BillRow {
    pub(super) label: String,
    pub(super) amount: String,
}

/// Lines and total of an order.
#[derive(Debug)]
pub(super) struct Bill {
    pub(super) lines: Vec<BillRow>,
    pub(super) total: BillRow,
}

/// Parts of a notification, top to bottom.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) language: &'static str,
    pub(super) subject: String,
    pub(super) greeting: Option<String>,
    pub(super) sentences: Vec<String>,
    pub(super) list: Vec<String>,
    /// Label and URL.
    pub(super) link: Option<(&'static str, String)>,
    pub(super) bill: Option<Bill>,
}

impl Template {
    pub(super) fn render(self) -> Content {
        let sms = match &self.link {
            Some((_, url)) => format!("{} {url}", self.subject),
            None => self.subject.clone(),
        };
        Content {
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
            let lines = lines.map(|row| format!("  {}  {}", one_line(&row.label), row.amount));
            parts.push(lines.collect::<Vec<_>>().join("\n"));
        }
        parts.join("\n\n") + "\n"
    }

    /// Renders HTML with inline styles, because mail clients remove style sheets.
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
            let lines: String = bill.lines.iter().map(|row| row_html(row, "td")).collect();
            let total = row_html(&bill.total, "th");
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

fn row_html(row: &BillRow, cell: &str) -> String {
    let (label, amount) = (escaped(&row.label), escaped(&row.amount));
    let (left, right) = (
        "text-align:left;padding:.2em 1em .2em 0",
        "text-align:right",
    );
    format!(
        "<tr><{cell} style=\"{left}\">{label}</{cell}><{cell} style=\"{right}\">{amount}</{cell}></tr>"
    )
}

/// Renders a link to an HTTP page; a URL of another scheme becomes text (prevents script injection).
fn link(label: &str, url: &str) -> String {
    let (label, shown) = (escaped(label), escaped(url));
    if url.starts_with("https://") || url.starts_with("http://") {
        format!("<p><a href=\"{shown}\">{label}</a></p>")
    } else {
        format!("<p>{label}: {shown}</p>")
    }
}

/// Escapes text for HTML content and quoted attributes.
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
