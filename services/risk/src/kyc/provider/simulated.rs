//! A provider in this process, for development and tests: what comes of a check stands in the name
//! or in a document. It keeps nothing, so that it says the same however often it is asked.

use crate::kyc::CheckId;
use crate::kyc::config::KycConfig;
use crate::kyc::provider::{CheckRequest, IdentityProvider, Said, Unanswered};
use crate::kyc::submission::{ProviderOutcome, Report};

/// The provider.
#[derive(Debug)]
pub(crate) struct Simulated {
    slow_us: i64,
}

/// What may come of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comes {
    Fail,
    Refer,
    Slow,
    Never,
}

/// The words in names and, with `kyc-simulation:` before, in documents.
const WORDS: [(&str, Comes); 4] = [
    ("fail", Comes::Fail),
    ("refer", Comes::Refer),
    ("slow", Comes::Slow),
    ("never", Comes::Never),
];
const IN_DOCUMENTS: &str = "kyc-simulation:";

impl Simulated {
    pub(crate) fn new(config: &KycConfig) -> Self {
        Self {
            slow_us: i64::from(config.slow_ms) * 1_000,
        }
    }
}

/// What is to come of a check; it passes where nothing says otherwise.
fn comes(request: &CheckRequest) -> Option<Comes> {
    let name = request.details.name.as_deref().unwrap_or_default();
    let in_name = |word: &str| name.split(' ').any(|part| part.eq_ignore_ascii_case(word));
    let in_document = |word: &str| {
        let mark = format!("{IN_DOCUMENTS}{word}");
        let has = |file: &[u8]| file.windows(mark.len()).any(|at| at == mark.as_bytes());
        request.documents.iter().any(|(_, file)| has(file))
    };
    let mut words = WORDS.iter();
    let found = words.find(|(word, _)| in_name(word) || in_document(word));
    found.map(|(_, comes)| *comes)
}

fn outcome(outcome: ProviderOutcome, code: &str) -> Said {
    Said::Outcome(Report {
        outcome,
        code: code.to_owned(),
    })
}

#[async_trait::async_trait]
impl IdentityProvider for Simulated {
    async fn check(&self, request: &CheckRequest) -> Result<Said, Unanswered> {
        let passed = outcome(ProviderOutcome::Passed, "");
        Ok(match comes(request) {
            None => passed,
            Some(Comes::Fail) => outcome(ProviderOutcome::Failed, "simulated_failure"),
            Some(Comes::Refer) => outcome(ProviderOutcome::Referred, "simulated_referral"),
            Some(Comes::Slow) if request.now >= request.since.plus(self.slow_us) => passed,
            Some(Comes::Slow | Comes::Never) => Said::Pending,
        })
    }

    async fn enquire(&self, _: CheckId) -> Result<Said, Unanswered> {
        Ok(Said::Unknown)
    }
}
