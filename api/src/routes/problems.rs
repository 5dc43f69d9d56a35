//! The pages that the types of problems link to.

use axum::{extract::Path, response::Html};

use crate::problem::{ApiResult, Kind, Problem, kinds};

/// Lists the kinds of problems on a page.
#[utoipa::path(
    get, path = "/problems", tag = "house", operation_id = "listProblems",
    responses((status = 200, description = "A page.", body = String, content_type = "text/html")),
)]
pub(crate) async fn list() -> Html<String> {
    let rows: String = kinds::ALL.iter().copied().map(row).collect();
    page(
        "Problems",
        &format!("<table><tr><th>type</th><th>status</th><th>title</th></tr>{rows}</table>"),
    )
}

/// Explains a kind of problem on a page.
#[utoipa::path(
    get, path = "/problems/{slug}", tag = "house", operation_id = "showProblem",
    params(("slug" = String, Path, description = "The last segment of a problem's type.", pattern = "^[a-z-]{1,64}$", example = "sold-out")),
    responses((status = 200, description = "A page.", body = String, content_type = "text/html")),
)]
pub(crate) async fn show(Path(slug): Path<String>) -> ApiResult<Html<String>> {
    let kind = kinds::find(&slug).ok_or_else(Problem::not_found)?;
    let body = format!(
        "<p><code>{}</code></p><p>{}</p><p><a href=\"/problems\">All problems</a></p>",
        kind.status, kind.about
    );
    Ok(page(kind.title, &body))
}

fn row(kind: &Kind) -> String {
    let Kind { slug, title, .. } = kind;
    let status = kind.status.as_u16();
    format!(
        "<tr><td><a href=\"/problems/{slug}\">{slug}</a></td><td>{status}</td><td>{title}</td></tr>"
    )
}

/// Returns a page. It contains nothing of a request, and the texts of the kinds need no escaping.
fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
         <body><h1>{title}</h1>{body}</body></html>"
    ))
}
