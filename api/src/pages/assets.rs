//! The pages' files: style, module and icon, in the binary.
//!
//! A file's name has a digest of its content, so that browsers keep it for good. Its bytes, plain and compressed, exist
//! once per process: an answer that is read slowly holds no copy.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    body::Bytes,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use crate::problem::{ApiResult, Problem};

/// Bytes of a content's digest in a file's name.
const DIGEST: usize = 6;
const KEPT_FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// A file.
struct Asset {
    name: String,
    kind: HeaderValue,
    plain: Bytes,
    gzip: Bytes,
}

impl Asset {
    fn new(name: &str, kind: &'static str, content: &'static str) -> Self {
        let digest = Sha256::digest(content.as_bytes());
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to a vector cannot fail.
        let _ = gzip.write_all(content.as_bytes());
        Self {
            name: format!("{}-{name}", hex::encode(&digest[..DIGEST])),
            kind: HeaderValue::from_static(kind),
            plain: Bytes::from_static(content.as_bytes()),
            gzip: gzip.finish().unwrap_or_default().into(),
        }
    }
}

struct Assets {
    style: Asset,
    module: Asset,
    icon: Asset,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| Assets {
    style: Asset::new(
        "shop.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/shop.css"),
    ),
    module: Asset::new(
        "shop.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/shop.js"),
    ),
    icon: Asset::new(
        "icon.svg",
        "image/svg+xml",
        include_str!("../../assets/icon.svg"),
    ),
});

/// The addresses of the files.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) style: String,
    pub(crate) module: String,
    pub(crate) icon: String,
}

/// Returns the addresses of the files.
pub(crate) fn addresses() -> Addresses {
    let address = |asset: &Asset| format!("/assets/{}", asset.name);
    Addresses {
        style: address(&ASSETS.style),
        module: address(&ASSETS.module),
        icon: address(&ASSETS.icon),
    }
}

/// Returns a file.
pub(crate) async fn show(Path(file): Path<String>, headers: HeaderMap) -> ApiResult {
    let all = [&ASSETS.style, &ASSETS.module, &ASSETS.icon];
    let asset = all.into_iter().find(|asset| asset.name == file);
    let asset = asset.ok_or_else(Problem::not_found)?;
    Ok(answer(asset, accepts_gzip(&headers)))
}

fn answer(asset: &Asset, gzip: bool) -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, asset.kind.clone()),
        (header::CACHE_CONTROL, KEPT_FOR_GOOD),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    if gzip {
        let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        (headers, encoding, asset.gzip.clone()).into_response()
    } else {
        (headers, asset.plain.clone()).into_response()
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    let mut codings = accepted.unwrap_or_default().split(',').map(str::trim);
    codings.any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
