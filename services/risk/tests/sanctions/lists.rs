//! Lists from addresses, the list of the demo, and searching.

use risk::Config;
use serde_json::json;
use testkit::engines;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{code, listed, on_each_engine};
use crate::support::App;

/// A server on this machine that sends one answer after another, whatever is asked.
async fn server(answers: Vec<Vec<u8>>) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/consolidated.xml", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 2_048];
            let count = stream.read(&mut asked).await.unwrap();
            assert!(asked[..count].starts_with(b"GET /consolidated.xml"));
            stream.write_all(&answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (url, serving)
}

fn answer(status: &str, length: usize, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

#[tokio::test]
async fn a_download_counts_only_where_it_is_whole_and_what_was_asked_for() {
    for engine in engines() {
        let list = listed(&[]);
        let moved = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let large = "x".repeat(1_000_001);
        let (url, serving) = server(vec![
            answer("503 Service Unavailable", 0, ""),
            answer("200 OK", list.len(), &list[..list.len() / 2]),
            moved.to_vec(),
            answer("200 OK", large.len(), &large),
            answer("200 OK", list.len(), &list),
        ])
        .await;
        let mut config = Config::default();
        config.sanctions.lists = "un".to_owned();
        config.sanctions.urls.un = url;
        config.sanctions.most_megabytes = 1;
        let app = App::with(engine, config).await;
        let load = async || {
            let updates = app.service.update_lists(None, false).await.unwrap();
            updates[0].outcome.clone()
        };
        for said in ["503", "was not sent whole", "302", "most_megabytes"] {
            let refused = load().await.unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
        assert_eq!(
            load().await,
            Ok("20 entries, 0 rows that cannot be read".to_owned())
        );
        serving.await.unwrap();
        assert!(load().await.is_err(), "nobody listens any more");
        let lists = app.get("operator", "/screening/lists").await;
        assert_eq!(lists["data"][0]["in_force"]["entries"], 20);
    }
}

#[tokio::test]
async fn a_search_explains_each_hit_and_says_what_it_could_not_read() {
    on_each_engine(&[(7, "Aleksandr", "Vymyslov")], async |it| {
        let search = async |body| it.app.post("auditor", "/screening/search", body).await;
        let (status, found) =
            search(json!({"name": "Vymyslow, Alexander", "kind": "person"})).await;
        assert_eq!(status.as_u16(), 200, "{found}");
        let hit = &found["data"][0];
        assert_eq!(
            (&hit["list"], &hit["is_match"]),
            (&json!("un"), &json!(true))
        );
        assert_eq!(hit["entry"]["id"], "7");
        assert_eq!(hit["comparison"]["met"].as_array().unwrap().len(), 2);
        assert_eq!(
            (&found["threshold"], &found["cut"]),
            (&json!(720), &json!(false))
        );
        let (_, long) = search(json!({"name": "a ".repeat(5_000)})).await;
        assert_eq!(long["cut"], true);
        for (body, expected) in [
            (json!({"name": ""}), "invalid_name"),
            (json!({"name": "x".repeat(10_001)}), "invalid_name"),
            (
                json!({"name": "x", "birth_date": "yesterday"}),
                "invalid_birth_date",
            ),
            (
                json!({"name": "x", "country": "Germany"}),
                "invalid_country",
            ),
            (json!({"name": "x", "country": "ZZ"}), "invalid_country"),
            (json!({"name": "x", "limit": 101}), "limit_out_of_range"),
        ] {
            assert_eq!(code(&search(body).await), (422, expected));
        }
        assert_eq!(search(json!({"name": "x", "gendre": "male"})).await.0, 400);
    })
    .await;
}

#[tokio::test]
async fn without_any_list_nothing_is_said_of_a_name() {
    for engine in engines() {
        let app = App::on(engine).await;
        let asked = app.post("operator", "/screening/search", json!({"name": "Ann"}));
        assert_eq!(code(&asked.await), (409, "no_sanctions_list"));
        let lists = app.get("operator", "/screening/lists").await;
        assert_eq!((&lists["data"], &lists["waiting"]), (&json!([]), &json!(0)));
    }
}

#[tokio::test]
async fn the_list_of_the_demo_is_in_force_without_a_download() {
    for engine in engines() {
        let mut config = Config::default();
        config.sanctions.lists = "demo".to_owned();
        let app = App::with(engine, config).await;
        app.is_called("bob", "Maxim Vymyslov");
        app.service.catch_up().await.unwrap();
        let held = app.assess(&app.transfer(1, "ann", "bob", 100)).await;
        assert_eq!(
            held.outcome,
            contracts::risk::RiskOutcome::Review,
            "{held:?}"
        );
    }
}
