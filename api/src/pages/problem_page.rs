//! Problems as pages, for people; programs receive problem details.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{
    assets,
    frame::Frame,
    language,
    visitor::html,
    words::{Words, fill},
};
use crate::problem::{Problem, kinds};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    w: &'static Words,
    frame: Frame,
    title: &'static str,
    text: String,
}

/// A person who reads the answer to a request in a browser.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    words: &'static Words,
}

impl Reader {
    /// Returns the reader of the answer to a request for a page; `None` for programs, and for the API's paths.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let headers = request.headers();
        let accepted = headers.get_all(header::ACCEPT).iter();
        let mut accepted = accepted.filter_map(|value| value.to_str().ok());
        let reads = accepted.any(|value| value.contains("text/html"));
        (reads && super::owns(request.uri().path())).then(|| Self {
            words: language::of(headers),
        })
    }

    /// Returns the page of a problem. `inner` are the headers that inner layers have set.
    pub(crate) fn show(&self, problem: &Problem, id: &str, inner: &mut HeaderMap) -> Response {
        let words = self.words;
        let (title, text) = texts(words, problem, id);
        let page = ProblemPage {
            w: words,
            frame: Frame {
                files: assets::addresses(),
                ..Frame::default()
            },
            title,
            text,
        };
        // The template has no part that can fail; the bare status would still be true.
        let page = html(problem.status(), &page);
        let mut response = page.unwrap_or_else(|_| problem.status().into_response());
        for about_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
            inner.remove(about_the_body);
        }
        let headers = response.headers_mut();
        headers.extend(problem.headers().iter().cloned());
        for (name, value) in std::mem::take(inner) {
            if let Some(name) = name {
                headers.append(name, value);
            }
        }
        response
    }
}

fn texts(words: &'static Words, problem: &Problem, id: &str) -> (&'static str, String) {
    let status = problem.status();
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (words.problem_not_found, words.problem_not_found_text),
        StatusCode::TOO_MANY_REQUESTS => {
            let seconds = problem.retry_after_seconds().unwrap_or("1");
            let text = fill(words.problem_too_fast_text, &[seconds]);
            return (words.problem_too_fast, text);
        }
        StatusCode::SERVICE_UNAVAILABLE => (words.problem_busy, words.problem_busy_text),
        _ if problem.slug() == kinds::CSRF.slug => {
            (words.problem_forbidden, words.problem_csrf_text)
        }
        StatusCode::FORBIDDEN => (words.problem_forbidden, words.problem_bad_text),
        _ if status.is_client_error() => (words.problem_bad, words.problem_bad_text),
        _ => {
            let text = fill(words.problem_internal_text, &[id]);
            return (words.problem_internal, text);
        }
    };
    (title, text.to_owned())
}
