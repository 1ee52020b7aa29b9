//! `/api/v1/system/config`: who sees the settings in force.

#![cfg(test)]

use gateway::{Setting, SettingSource};
use serde_json::json;

use crate::support::{Bench, get, get_as};

const PATH: &str = "/api/v1/system/config";

#[tokio::test]
async fn administrators_see_the_settings_and_where_they_come_from_and_nobody_else_does() {
    let mut bench = Bench::new();
    bench.parts.settings.push(Setting {
        key: "gateway.exports".to_owned(),
        value: json!("9/h"),
        hidden: false,
        default: json!("5/h"),
        source: SettingSource::File,
        place: Some("/etc/payflow.toml".to_owned()),
        line: Some(7),
    });
    let router = bench.router();
    let shown = get_as(&router, "admin", PATH).await;
    let expected = json!({"version": "1.2.3", "settings": [{
        "key": "gateway.exports", "value": "9/h", "hidden": false, "default": "5/h",
        "source": "file", "place": "/etc/payflow.toml", "line": 7
    }]});
    assert_eq!(shown.json(), expected);
    assert_eq!(shown.header("cache-control"), "no-store");
    for token in ["good", "operator"] {
        let refused = get_as(&router, token, PATH).await.problem();
        assert_eq!((refused.status, &*refused.code), (403, "forbidden"));
        assert!(!format!("{refused:?}").contains("exports"));
    }
    let unknown = get(&router, PATH).await;
    assert_eq!(unknown.refusal(), (401, "unauthenticated".into()));
}
