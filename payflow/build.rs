//! Lists the files of the built web app (`console/dist`) for `web_app.rs`; none where it was not
//! built. It never builds the app: `make run` does, where there is Node.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // As it is now: what was compiled in would be the folder of the checkout that built this first.
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let built = here.join("../console/dist");
    println!("cargo:rerun-if-changed={}", built.display());
    let mut files = BTreeMap::new();
    walk(&built, "", &mut files)?;
    let lines = files.iter().filter_map(|(path, file)| {
        let content_type = content_type(path)?;
        Some(line(path, file, content_type, &files))
    });
    let lines: Result<Vec<String>, io::Error> = lines.collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("web_app.rs"), format!("&[{}]", lines?.concat()))
}

/// Files of these names are served; `.br` and `.gz` are forms of them, and anything else stays out
/// of the binary.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

fn line(
    path: &str,
    file: &Path,
    content_type: &str,
    files: &BTreeMap<String, PathBuf>,
) -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    fs::read(file)?.hash(&mut hasher);
    let hash = hasher.finish();
    let form = |ending: &str| match files.get(&format!("{path}.{ending}")) {
        Some(file) => format!("Some(include_bytes!({file:?}))"),
        None => "None".to_owned(),
    };
    let (brotli, gzip) = (form("br"), form("gz"));
    Ok(format!(
        "gateway::WebFile {{ path: {path:?}, content_type: {content_type:?}, hash: {hash}, plain: include_bytes!({file:?}), \
         brotli: {brotli}, gzip: {gzip} }},"
    ))
}

fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.insert(path, entry.path());
        }
    }
    Ok(())
}
