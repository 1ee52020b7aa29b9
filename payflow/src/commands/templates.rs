//! `payflow templates`: what messages say, with facts that were made up. It opens no store.

use std::io::Write;

use anyhow::Context;
use notifications::{Texts, preview as preview_of};
use platform::private;

use super::say;
use crate::cli::{PreviewTemplate, Templates};

fn texts(of: &Templates) -> anyhow::Result<Texts> {
    let settings = of.settings()?;
    let loaded = settings.notifications_config(None).texts();
    loaded.map_err(|error| crate::Usage(error.to_string()).into())
}

/// Prints the names of all kinds, with their titles.
///
/// # Errors
/// [`crate::Usage`] where a text cannot be used.
pub fn list(of: &Templates) -> anyhow::Result<()> {
    let texts = texts(of)?;
    let mut lines = String::new();
    for kind in texts.kinds() {
        let preview = preview_of(&texts, &kind, &of.lang)?;
        lines.push_str(&format!("{kind:<24} {}\n", preview.title));
    }
    lines.push_str(&format!("Languages: {}\n", texts.languages().join(", ")));
    say(&lines)
}

/// Prints a message as plain text, or writes it as `NAME.LANG.txt` and `NAME.LANG.html`.
///
/// # Errors
/// [`crate::Usage`] where there is no such kind or a text cannot be used; where a file cannot be
/// written.
pub fn preview(args: &PreviewTemplate) -> anyhow::Result<()> {
    let (texts, lang) = (texts(&args.of)?, &args.of.lang);
    if !texts.kinds().contains(&args.name) {
        let problem = format!(
            "there is no text `{}`: `payflow templates list` names all",
            args.name
        );
        return Err(crate::Usage(problem).into());
    }
    if !texts.languages().contains(lang) {
        let known = texts.languages().join(", ");
        return Err(crate::Usage(format!("there are no texts in `{lang}`, but in {known}")).into());
    }
    let preview = preview_of(&texts, &args.name, lang)?;
    let text = format!("Subject: {}\n\n{}", preview.title, preview.text);
    let Some(folder) = &args.out else {
        return say(&text);
    };
    let mut written = String::new();
    private::folder().recursive(true).create(folder)?;
    for (ending, content) in [("txt", &text), ("html", &preview.html)] {
        let path = folder.join(format!("{}.{lang}.{ending}", args.name));
        let file = private::rewrite(&path);
        let wrote = file.and_then(|mut file| file.write_all(content.as_bytes()));
        wrote.with_context(|| format!("{} could not be written", path.display()))?;
        written.push_str(&format!("{}\n", path.display()));
    }
    say(&written)
}
