//! Where lists come from: a folder, the addresses of their publishers, or the program itself. A
//! file comes whole or not at all.

use std::path::Path;

use reqwest::{Client, redirect};
use screening::lists::{Source, demo};

use crate::sanctions::config::SanctionsConfig;

/// A file of a list, as it was loaded.
pub(crate) type Loaded = (&'static str, Vec<u8>);

/// Why a file was not loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// It is not there.
    #[error("{0} is missing: a list needs all its files")]
    Missing(String),
    /// It cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
    /// The server does not send it whole.
    #[error("{file} was not sent whole: {why}")]
    Download {
        /// The file.
        file: &'static str,
        /// What happened.
        why: String,
    },
    /// It is larger than files may be.
    #[error("{0} is larger than risk.sanctions.most_megabytes allows")]
    TooLarge(String),
}

/// All files of a list.
pub(crate) async fn fetch(
    config: &SanctionsConfig,
    source: Source,
) -> Result<Vec<Loaded>, FetchError> {
    if source == Source::Demo {
        return Ok(vec![(demo::FILE, demo::CONTENT.as_bytes().to_vec())]);
    }
    let mut files = Vec::new();
    for (name, needed) in source.format().files() {
        let loaded = match config.folder.as_str() {
            "" => download(config, name).await?,
            folder => from_folder(config, &Path::new(folder).join(source.as_str()), name).await?,
        };
        match loaded {
            Some(bytes) => files.push((*name, bytes)),
            None if *needed => return Err(FetchError::Missing((*name).to_owned())),
            None => {}
        }
    }
    Ok(files)
}

async fn from_folder(
    config: &SanctionsConfig,
    folder: &Path,
    name: &str,
) -> Result<Option<Vec<u8>>, FetchError> {
    let path = folder.join(name);
    let shown = || path.display().to_string();
    let unreadable = |error: std::io::Error| FetchError::Unreadable(shown(), error.to_string());
    match tokio::fs::metadata(&path).await {
        Ok(found) if found.len() > config.most_bytes() as u64 => Err(FetchError::TooLarge(shown())),
        Ok(_) => Ok(Some(tokio::fs::read(&path).await.map_err(unreadable)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}

/// A file from its address; none where it has none.
async fn download(
    config: &SanctionsConfig,
    file: &'static str,
) -> Result<Option<Vec<u8>>, FetchError> {
    let Some(url) = config.url(file) else {
        return Ok(None);
    };
    let failed = |why: String| FetchError::Download { file, why };
    let client = client(config, url).map_err(|error| failed(root_cause(&error)))?;
    let sent = client.get(url).send().await;
    let mut response = sent.map_err(|error| failed(root_cause(&error)))?;
    let status = response.status();
    if status.as_u16() != 200 {
        return Err(failed(format!(
            "the server answers {status}; check its address"
        )));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed(root_cause(&error)))?
    {
        if body.len() + chunk.len() > config.most_bytes() {
            return Err(FetchError::TooLarge(file.to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn client(config: &SanctionsConfig, url: &str) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .user_agent(concat!("payflow/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::limited(5))
        .referer(false)
        // The way to the publishers is in the settings, not in somebody's environment.
        .no_proxy()
        .connect_timeout(config.timeout())
        .timeout(config.timeout());
    let builder = match url.starts_with("https://") {
        true => builder.https_only(true),
        // Loopback without TLS needs no root certificates, and this machine may have none.
        false => builder
            .tls_certs_only([])
            .redirect(redirect::Policy::none()),
    };
    builder.build()
}

/// What a client stumbled over at last, without the address, which may have a token in it.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.is::<reqwest::Error>() {
        true if error.is_timeout() => "it takes too long".to_owned(),
        true => "the answer cannot be read".to_owned(),
        false => cause.to_string(),
    }
}
