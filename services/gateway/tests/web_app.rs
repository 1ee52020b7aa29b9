//! The web app's pages and files, and what is served where it was not built.

#![cfg(test)]

use axum::Router;
use gateway::WebFile;

use crate::support::{Answer, Bench, get, request, router, send};

const fn file(path: &'static str, content_type: &'static str, hash: u64) -> WebFile {
    WebFile {
        path,
        content_type,
        hash,
        plain: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gzip"),
    }
}

const FILES: &[WebFile] = &[
    file("index.html", "text/html; charset=utf-8", 1),
    file("wallet.html", "text/html; charset=utf-8", 2),
    file("console.html", "text/html; charset=utf-8", 3),
    file("theme.js", "text/javascript; charset=utf-8", 4),
    file("assets/a-1.js", "text/javascript; charset=utf-8", 5),
];

fn built() -> Router {
    let mut bench = Bench::new();
    bench.parts.web_app = FILES;
    bench.router()
}

async fn ask(router: &Router, path: &str, lines: &[(&'static str, &str)]) -> Answer {
    let mut request = request("GET", path);
    for (name, value) in lines {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    send(router, request).await
}

const BROWSER: (&str, &str) = (
    "accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
);

#[tokio::test]
async fn browsers_get_the_landing_page_and_programs_get_json() {
    let router = built();
    let page = ask(&router, "/", &[BROWSER]).await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for accept in ["*/*", "application/json", "image/png"] {
        let answer = ask(&router, "/", &[("accept", accept)]).await;
        assert_eq!(answer.json()["name"], "PayFlow", "{accept}");
        assert_eq!(answer.header("vary"), "accept");
    }
}

#[tokio::test]
async fn every_path_of_an_app_is_its_page() {
    let router = built();
    for (path, etag) in [
        ("/wallet", "\"0000000000000002-plain\""),
        ("/wallet/", "\"0000000000000002-plain\""),
        ("/wallet/activity/txn_1", "\"0000000000000002-plain\""),
        ("/console", "\"0000000000000003-plain\""),
        ("/console/payments", "\"0000000000000003-plain\""),
    ] {
        let answer = ask(&router, path, &[]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("etag")),
            (200, etag),
            "{path}"
        );
        assert_eq!(answer.header("cache-control"), "no-cache");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self'; style-src 'self'; "));
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_others_are_asked_for_again() {
    let router = built();
    let asset = ask(&router, "/assets/a-1.js", &[]).await;
    assert_eq!(
        asset.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let theme = get(&router, "/theme.js").await;
    assert_eq!(theme.header("cache-control"), "no-cache");
    for path in ["/assets/a-2.js", "/assets/..%2Findex.html", "/favicon.svg"] {
        let missing = get(&router, path).await;
        assert_eq!(missing.status.as_u16(), 404, "{path}");
        assert_eq!(missing.json()["code"], "route_not_found");
    }
}

#[tokio::test]
async fn the_shortest_form_that_a_client_takes_is_sent() {
    let router = built();
    for (takes, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("BR", Some("br")),
        ("gzip;q=0.5", Some("gzip")),
        ("br;q=0, gzip", Some("gzip")),
        ("identity", None),
        ("br;q=0", None),
    ] {
        let answer = ask(&router, "/theme.js", &[("accept-encoding", takes)]).await;
        let sent = answer.headers.get("content-encoding");
        assert_eq!(
            sent.map(|value| value.to_str().unwrap()),
            encoding,
            "{takes}"
        );
        assert_eq!(
            answer.text(),
            encoding.map_or("plain", |it| if it == "br" { "br" } else { "gzip" })
        );
        assert_eq!(answer.header("vary"), "accept-encoding");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let router = built();
    let first = ask(&router, "/wallet", &[("accept-encoding", "br")]).await;
    let etag = first.header("etag").to_owned();
    for (known, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        (format!("\"other\", {etag}"), 304),
        ("\"0000000000000002-gzip\"".to_owned(), 200),
    ] {
        let lines = [("accept-encoding", "br"), ("if-none-match", known.as_str())];
        let again = ask(&router, "/wallet", &lines).await;
        assert_eq!(again.status.as_u16(), status, "{known}");
        assert_eq!(again.header("etag"), etag);
        assert_eq!(again.text().is_empty(), status == 304);
    }
}

#[tokio::test]
async fn without_the_app_a_plain_page_says_how_to_get_it() {
    let router = router();
    for path in ["/", "/wallet", "/console/payments"] {
        let answer = ask(&router, path, &[BROWSER]).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
        assert!(answer.text().contains("without the web app"), "{path}");
        assert!(answer.text().contains("/api-docs"), "{path}");
    }
    assert_eq!(get(&router, "/").await.json()["name"], "PayFlow");
}
