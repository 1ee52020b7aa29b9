//! Four eyes: a first operator proposes what becomes of a transaction, a second one who says the
//! same decides. The last proposal stands with the transaction.

use contracts::identity::UserId;
use uuid::Uuid;

use crate::refusal::Refused;
use crate::transaction::Transaction;

/// Takes an operator's word in. Whether it decides: where it does not, it is now proposed.
pub fn decides(row: &mut Transaction, word: &str, operator: Uuid) -> Result<bool, Refused> {
    let user = UserId(operator).to_string();
    let proposed = row.proposal.as_deref();
    let first = proposed.and_then(|proposal| proposal.split_once(' '));
    match first {
        Some((proposed, by)) if proposed == word && by != user => {
            row.proposal = None;
            Ok(true)
        }
        Some((proposed, _)) if proposed == word => Err(Refused::SecondOperatorNeeded),
        None | Some(_) => {
            row.proposal = Some(format!("{word} {user}"));
            Ok(false)
        }
    }
}
