use std::sync::OnceLock;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use crate::{Access, App, Routes};

/// A file that is served as it is, in the three forms that browsers take.
struct Asset {
    name: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset {
            name: $name,
            kind: $kind,
            plain: include_bytes!(concat!("../dist/", $name)),
            brotli: include_bytes!(concat!("../dist/", $name, ".br")),
            gzip: include_bytes!(concat!("../dist/", $name, ".gz")),
        }
    };
}

static ASSETS: [Asset; 3] = [
    asset!("style.css", "text/css; charset=utf-8"),
    asset!("portico.js", "text/javascript; charset=utf-8"),
    asset!("nhsuk-frontend.js", "text/javascript; charset=utf-8"),
];

/// One hash for all of them, so that modules find each other beside themselves.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hash = Sha256::new();
        ASSETS.iter().for_each(|a| hash.update(a.plain));
        hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect()
    })
}

/// The address of an asset; it changes with its content, so browsers keep it for a year.
pub fn asset_path(name: &str) -> String {
    format!("/assets/{}/{name}", version())
}

pub(crate) fn routes() -> Routes {
    Routes::new().get("/assets/{version}/{name}", Access::Public, serve).get("/logo.svg", Access::Public, logo)
}

async fn serve(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|a| a.name == name) else { return StatusCode::NOT_FOUND.into_response() };
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (bytes, encoding) = if accepts.contains("br") {
        (asset.brotli, Some("br"))
    } else if accepts.contains("gzip") {
        (asset.gzip, Some("gzip"))
    } else {
        (asset.plain, None)
    };
    let mut answer = (
        [
            (header::CONTENT_TYPE, asset.kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::VARY, "accept-encoding"),
        ],
        bytes,
    )
        .into_response();
    if let Some(encoding) = encoding {
        answer.headers_mut().insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
    }
    answer
}

/// The logo that the organisation supplies.
async fn logo(State(app): State<App>) -> Response {
    match &app.config.logo {
        Some(svg) => {
            ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")], svg.to_vec()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
