//! Risk as a test wants it, and the codes that it sends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent};
use contracts::payments::TransactionId;
use contracts::risk::{
    CodeCheck, CodeState, DecisionId, ProposedTransaction, Risk, RiskDecision, RiskFactor,
    RiskLevel, RiskOutcome, RiskUnavailable, Terms,
};
use tokio::sync::mpsc;
use uuid::Uuid;
use values::{SECOND, Timestamp};

use crate::http_api::support::App;

/// What risk says from now on.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    /// This.
    Outcome(RiskOutcome),
    /// A review that takes two.
    ReviewByTwo,
    /// That it cannot.
    Fails,
    /// Nothing, ever.
    Never,
}

/// A code that is good.
struct Good {
    terms: Terms,
    code: String,
    left: u32,
    until: Timestamp,
}

/// Risk as a test wants it.
pub struct FakeRisk {
    says: Mutex<Says>,
    pub sends: Mutex<Result<(), CodeNotSent>>,
    pub asked: Mutex<Vec<ProposedTransaction>>,
    pub dropped: Mutex<Vec<TransactionId>>,
    clock: platform::clock::SharedClock,
    codes: Mutex<HashMap<TransactionId, Good>>,
    sent: mpsc::UnboundedSender<(Terms, String)>,
    inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<(Terms, String)>>,
}

impl FakeRisk {
    /// Handed in to a service.
    pub fn of(app: &App, says: Says) -> Arc<Self> {
        let (sent, inbox) = mpsc::unbounded_channel();
        let risk = Arc::new(Self {
            says: Mutex::new(says),
            sends: Mutex::new(Ok(())),
            asked: Mutex::default(),
            dropped: Mutex::default(),
            clock: app.clock.clone(),
            codes: Mutex::default(),
            sent,
            inbox: tokio::sync::Mutex::new(inbox),
        });
        app.service.set_risk(risk.clone());
        risk
    }

    pub fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// The next code that was sent, once it comes.
    pub async fn code(&self) -> (Terms, String) {
        let mut inbox = self.inbox.lock().await;
        let came = tokio::time::timeout(Duration::from_secs(60), inbox.recv()).await;
        came.unwrap().unwrap()
    }
}

#[async_trait::async_trait]
impl Risk for FakeRisk {
    async fn assess(
        &self,
        proposed: &ProposedTransaction,
    ) -> Result<RiskDecision, RiskUnavailable> {
        self.asked.lock().unwrap().push(proposed.clone());
        let says = *self.says.lock().unwrap();
        let outcome = match says {
            Says::Outcome(outcome) => outcome,
            Says::ReviewByTwo => RiskOutcome::Review,
            Says::Fails => return Err(RiskUnavailable("as ordered".to_owned())),
            Says::Never => std::future::pending().await,
        };
        Ok(RiskDecision {
            id: DecisionId(Uuid::from_u128((7 << 76) | (2 << 62) | 77)),
            outcome,
            score: 65,
            level: RiskLevel::High,
            factors: vec![RiskFactor {
                code: "amount_over_5000".to_owned(),
                points: 65,
                detail: "The amount is much.".to_owned(),
            }],
            rule_set: 4,
            needs_two: matches!(says, Says::ReviewByTwo),
            took_us: 12,
        })
    }

    fn dropped(&self, transaction: TransactionId) {
        self.dropped.lock().unwrap().push(transaction);
    }

    async fn send_code(&self, terms: &Terms) -> Result<CodeSent, CodeNotSent> {
        (*self.sends.lock().unwrap())?;
        let mut codes = self.codes.lock().unwrap();
        let code = format!(
            "{:06}",
            100_000 + self.asked.lock().unwrap().len() * 10 + codes.len()
        );
        let good = Good {
            terms: terms.clone(),
            code: code.clone(),
            left: 5,
            until: self.clock.now().plus(300 * SECOND),
        };
        codes.insert(terms.transaction, good);
        drop(self.sent.send((terms.clone(), code)));
        Ok(CodeSent {
            channel: CodeChannel::Email,
            hint: "a…@example.com".to_owned(),
        })
    }

    async fn code_state(&self, terms: &Terms) -> Result<CodeState, RiskUnavailable> {
        let codes = self.codes.lock().unwrap();
        let good = codes.get(&terms.transaction);
        Ok(CodeState {
            sent: good.map(|_| CodeSent {
                channel: CodeChannel::Email,
                hint: "a…@example.com".to_owned(),
            }),
            expires_at: good.map(|good| good.until),
            tries_left: good.map_or(0, |good| good.left),
            resend_at: None,
        })
    }

    async fn check_code(&self, terms: &Terms, code: &str) -> Result<CodeCheck, RiskUnavailable> {
        let mut codes = self.codes.lock().unwrap();
        let Some(good) = codes.get_mut(&terms.transaction) else {
            return Ok(CodeCheck::None);
        };
        if good.left == 0 || good.terms != *terms {
            return Ok(CodeCheck::None);
        }
        if code == "999999" {
            return Ok(CodeCheck::TooMany { retry_after_s: 60 });
        }
        if good.code != code {
            good.left -= 1;
            return Ok(CodeCheck::Wrong { left: good.left });
        }
        codes.remove(&terms.transaction);
        Ok(CodeCheck::Right)
    }
}
