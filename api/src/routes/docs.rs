//! The API's description in OpenAPI, and a page that shows it from this host alone.

use std::sync::{Arc, LazyLock};

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
};
use bytes::Bytes;
use utoipa_swagger_ui::{Config, serve};

use super::described;
use crate::{
    openapi,
    problem::{ApiResult, Problem},
};

const DOCUMENT: &str = "/openapi.json";
/// The page runs and loads files of this host only. Swagger UI needs inline styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

static JSON: LazyLock<Bytes> = LazyLock::new(|| {
    let document = openapi::document(described().get_openapi());
    Bytes::from(document.to_string())
});

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // The default validator is a third party's.
    let config = Config::from(DOCUMENT).validator_url("none");
    Arc::new(config.use_base_layout().doc_expansion("list"))
});

/// Shows this description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "house", operation_id = "showDescription",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")),
)]
pub(crate) async fn document() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], JSON.clone()).into_response()
}

/// Shows this description on a page.
#[utoipa::path(
    get, path = "/docs", tag = "house", operation_id = "showDocs",
    responses((status = 200, description = "A page.", body = String, content_type = "text/html")),
)]
pub(crate) async fn page() -> Response {
    let page = Html(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Streamward API</title>\
         <link rel=\"icon\" href=\"/docs/favicon-32x32.png\">\
         <link rel=\"stylesheet\" href=\"/docs/swagger-ui.css\">\
         <link rel=\"stylesheet\" href=\"/docs/index.css\"></head><body><div id=\"swagger-ui\"></div>\
         <script src=\"/docs/swagger-ui-bundle.js\"></script>\
         <script src=\"/docs/swagger-ui-standalone-preset.js\"></script>\
         <script src=\"/docs/swagger-initializer.js\"></script></body></html>",
    );
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}

/// Returns a file of the page.
#[utoipa::path(
    get, path = "/docs/{file}", tag = "house", operation_id = "showDocsFile",
    params(("file" = String, Path, description = "The file's name.", pattern = "^[A-Za-z0-9_-]{1,64}[.][a-z]{1,8}$", example = "swagger-ui.css")),
    responses((status = 200, description = "The file.", content(
        (String = "text/css"),
        (String = "text/javascript"),
        (String = "text/html"),
        (String = "image/png"),
    ))),
)]
pub(crate) async fn file(Path(file): Path<String>) -> ApiResult {
    let found = serve(&file, Arc::clone(&CONFIG)).map_err(Problem::internal)?;
    let found = found.ok_or_else(Problem::not_found)?;
    let kind = HeaderValue::try_from(found.content_type).map_err(Problem::internal)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, found.bytes).into_response())
}
