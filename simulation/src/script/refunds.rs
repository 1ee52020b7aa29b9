//! The stream's refunds, and the requests for them.

use payments_core::command::{Command, Operation, RefundRequestChange};
use values::SECOND;

use super::Script;

impl Script {
    pub(super) fn refund(&mut self) -> Command {
        if self.random.chance(35) {
            return self.refund_request();
        }
        let operation = Operation::Refund {
            transaction: self.some_payment(),
            id: self.row(),
            amount: self.random.chance(55).then(|| self.amount()),
            reason: self.random.chance(40).then(|| "came back".to_owned()),
        };
        self.follow_up(operation)
    }

    fn refund_request(&mut self) -> Command {
        let (mut transaction, mut request) = (self.some_payment(), self.fresh());
        let asks = self.random.chance(60);
        if asks {
            self.asked.push((transaction, request));
        } else if let Some(last) = self.asked.len().checked_sub(1) {
            let from = last.saturating_sub(6);
            (transaction, request) = self.random.pick(&self.asked[from..]);
        }
        let change = match self.random.below(100) {
            _ if asks => RefundRequestChange::Ask {
                id: request,
                amount: self.random.chance(50).then(|| self.random.between(-5, 500)),
                reason: "came broken".to_owned(),
                lasts: self.random.between(1, 3_600) * SECOND,
            },
            0..30 => RefundRequestChange::Withdraw { request },
            30..50 => RefundRequestChange::Decline {
                request,
                reason: "it was whole".to_owned(),
            },
            _ => RefundRequestChange::Accept {
                request,
                id: self.row(),
            },
        };
        let operation = Operation::RefundRequest {
            transaction,
            change,
        };
        self.follow_up(operation)
    }
}
