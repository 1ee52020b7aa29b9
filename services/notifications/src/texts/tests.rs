//! Texts: what becomes of facts, and of an operator's files.

use std::io::Write;

use platform::private;
use serde_json::json;
use testkit::{Engine, TestStore};

use super::*;

fn built_in() -> Texts {
    Texts::load("").unwrap()
}

#[test]
fn every_kind_has_its_words_in_each_language() {
    let texts = built_in();
    for kind in texts.kinds() {
        let [english, german] =
            ["en", "de"].map(|language| texts.sample(&kind, language, None).unwrap());
        assert_ne!(english.title, german.title, "{kind}");
        for preview in [english, german] {
            for part in [&preview.title, &preview.text, &preview.html] {
                assert!(!part.contains("{{") && !part.contains("{%"), "{part}");
            }
        }
    }
}

#[test]
fn facts_stand_in_their_places_and_what_is_missing_is_left_out() {
    let catalogue = built_in().catalogue();
    let facts = json!({"amount": "12.50", "currency": "USD", "counterparty": "Bob"});
    let words = catalogue
        .render("en", "money_received", facts.clone(), None)
        .unwrap();
    assert_eq!(words.title, "12.50 USD from Bob");
    assert!(
        words.text.contains("\nAmount: 12.50 USD\n"),
        "{}",
        words.text
    );
    assert!(!words.text.contains("Description") && !words.html.contains("Description"));
    let (title, _) = catalogue.short("de", "money_received", &facts).unwrap();
    assert_eq!(title, "12,50 USD von Bob");
    assert_eq!(catalogue.short("en", "no_such_kind", &facts), None);
}

#[test]
fn a_link_stands_on_a_line_of_its_own_and_leads_to_a_page_only() {
    let catalogue = built_in().catalogue();
    let link = "https://pay.example/x?token=pfo_a-b_c&y=1";
    let words = catalogue
        .render("en", "verify_email", json!({"link": link}), None)
        .unwrap();
    assert!(
        words.text.contains(&format!("\n\n{link}\n\n")),
        "{}",
        words.text
    );
    assert!(
        words
            .html
            .contains("href=\"https://pay.example/x?token=pfo_a-b_c&amp;y=1\"")
    );
    let hostile = json!({"link": "javascript:alert(1)"});
    let words = catalogue
        .render("en", "verify_email", hostile, None)
        .unwrap();
    assert!(!words.html.contains("href=\"javascript"), "{}", words.html);
}

#[test]
fn a_name_is_never_markup_and_never_a_second_line() {
    let catalogue = built_in().catalogue();
    let hostile =
        "</td><script>alert('1')</script>\r\nBcc: eve@example.com{{ amount }}<mj-raw>\u{202e}";
    let facts = json!({
        "amount": "1", "currency": "USD", "counterparty": hostile, "description": hostile,
        "you": hostile,
    });
    let words = catalogue
        .render("en", "money_sent", facts, Some("https://pay.example/u"))
        .unwrap();
    for markup in ["<script", "<mj-raw", "</td><script"] {
        assert!(!words.html.contains(markup), "{markup}: {}", words.html);
    }
    assert!(words.html.contains("&lt;script&gt;"), "{}", words.html);
    assert!(
        words.title.contains("{{ amount }}") && !words.title.contains(['\r', '\n', '\u{202e}'])
    );
    assert!(!words.text.contains("\nBcc"), "{}", words.text);
}

#[test]
fn a_mail_loads_nothing_from_anywhere() {
    let html = built_in().sample("verify_email", "en", None).unwrap().html;
    for loads in [
        "<img",
        "<script",
        "@import",
        "fonts.googleapis",
        "<link",
        "url(",
    ] {
        assert!(!html.contains(loads), "{loads}: {html}");
    }
    assert!(
        html.contains("lang=\"en\"") && html.contains("@media"),
        "{html}"
    );
}

#[test]
fn a_locale_has_the_language_of_its_first_part_or_english() {
    let catalogue = built_in().catalogue();
    let languages = ["de", "de-AT", "en-GB", "fr", ""].map(|locale| catalogue.language_of(locale));
    assert_eq!(languages, ["de", "de", "en", "en", "en"]);
}

fn write_file(path: &Path, text: &str) {
    let mut file = private::rewrite(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A folder with these files, as an operator makes one.
fn folder(files: &[(&str, &str)]) -> (TestStore, String) {
    let store = TestStore::new(Engine::Sqlite);
    let folder = store.folder().join("texts");
    private::folder().create(&folder).unwrap();
    for (name, text) in files {
        write_file(&folder.join(name), text);
    }
    let folder = folder.display().to_string();
    (store, folder)
}

#[test]
fn an_operators_texts_go_before_the_built_in_ones() {
    let mine = "[kinds.welcome]\ntitle = \"Bonjour {{ you }}\"\nbody = \"Bienvenue\"\n";
    let layout = "<mjml><mj-body><mj-raw>MINE</mj-raw></mj-body></mjml>";
    let (_store, folder) = folder(&[
        ("fr.toml", mine),
        ("layout.mjml", layout),
        ("notes.txt", "{{"),
    ]);
    let texts = Texts::load(&folder).unwrap();
    assert_eq!(texts.languages(), ["de", "en", "fr"]);
    let welcome = texts.sample("welcome", "fr", None).unwrap();
    assert_eq!(welcome.title, "Bonjour Ann Example");
    assert!(welcome.html.contains("MINE"));
    // What it does not have is said in English.
    assert_eq!(
        texts.sample("new_device", "fr", None).unwrap().title,
        "A login on a new device"
    );
}

#[test]
fn a_text_that_cannot_be_used_is_refused_with_its_file_and_line() {
    let kind = |body: &str| format!("# mine\n[kinds.welcome]\ntitle = \"x\"\nbody = {body}\n");
    for (name, text, line) in [
        ("en.toml", kind("\"{{ amount\""), 4),
        ("en.toml", kind("\"\"\"\\\nok\n{% if %}\"\"\""), 6),
        ("en.toml", kind("\"{{ amount | nonsense }}\""), 4),
        ("en.toml", kind("1"), 4),
        ("en.toml", "\n\nwords = [".to_owned(), 3),
        ("en.toml", kind("\"pay \u{202e}elohw\""), 4),
        ("en.toml", kind("\"x\"\nrows = [\"nothing\"]"), 5),
        ("en.toml", kind("\"x\"\ncolour = 1"), 5),
        (
            "layout.mjml",
            "<mjml>\n<mj-body>\n{% for %}</mj-body></mjml>".to_owned(),
            3,
        ),
        (
            "layout.mjml",
            "<mjml>\n<mj-body>\n<mj-nonsense />\n</mj-body></mjml>".to_owned(),
            3,
        ),
        ("layout.mjml", "<p>no mjml</p>".to_owned(), 1),
    ] {
        let (_store, folder) = folder(&[(name, &text)]);
        let refused = Texts::load(&folder).map(drop).unwrap_err();
        assert!(refused.file.ends_with(name), "{refused}");
        assert_eq!(refused.line, line, "{refused}: {text}");
    }
    let refused = Texts::load("/no/such/folder").unwrap_err();
    assert!(
        refused.to_string().starts_with("/no/such/folder:1: "),
        "{refused}"
    );
}

#[test]
fn a_text_that_is_changed_is_taken_up_and_one_that_cannot_be_used_is_not() {
    let text = |title: &str| format!("[kinds.welcome]\ntitle = \"{title}\"\nbody = \"x\"\n");
    let (_store, folder) = folder(&[("en.toml", &text("One"))]);
    let texts = Texts::load(&folder).unwrap();
    let title = || texts.sample("welcome", "en", None).unwrap().title;
    let write = |title: &str| write_file(&Path::new(&folder).join("en.toml"), &text(title));
    assert_eq!(texts.reload(), Ok(false));
    write("{{ broken");
    assert!(texts.reload().is_err());
    assert_eq!((title().as_str(), texts.reload()), ("One", Ok(false)));
    write("Second");
    assert_eq!(texts.reload(), Ok(true));
    assert_eq!(title(), "Second");
}
