//! What may become of a submission, and what never does.

use super::*;
use crate::kyc::document::DocumentKind;
use crate::kyc::document::tests::document;

const NOW: Timestamp = Timestamp(1_000 * DAY);
const OPERATOR: UserId = UserId(Uuid::from_u128(11));
const SECOND: UserId = UserId(Uuid::from_u128(12));
const CHECK: CheckId = CheckId(Uuid::from_u128(5));

fn submission(status: Status) -> Submission {
    Submission {
        id: SubmissionId(Uuid::from_u128(2)),
        org: OrgId::DEFAULT,
        user: UserId(Uuid::from_u128(1)),
        level: KycLevel::Basic,
        status,
        revision: 1,
        details: Some(vec![1]),
        details_reopened: false,
        check: None,
        report: None,
        reason_code: None,
        reason: String::new(),
        decided_by: None,
        decided_at: None,
        appeal: None,
        appealed_at: None,
        created_at: NOW,
        updated_at: NOW,
        submitted_at: None,
        erase_at: None,
        erased_at: None,
    }
}

fn report(outcome: ProviderOutcome) -> Report {
    Report {
        outcome,
        code: "because".to_owned(),
    }
}

fn with(verdict: Verdict) -> Document {
    Document {
        verdict,
        ..document(1, DocumentKind::Passport)
    }
}

fn because() -> (ReasonCode, String) {
    (ReasonCode::Unreadable, "Too dark".to_owned())
}

#[test]
fn a_draft_is_checked_by_a_provider_and_what_was_asked_for_again_by_an_operator() {
    let mut draft = submission(Status::Draft);
    draft.submit(Vec::new(), &[], (CHECK, NOW)).unwrap();
    assert_eq!(draft.status, Status::Checking);
    assert_eq!(
        draft.check.map(|check| (check.id, check.due_at)),
        Some((CHECK, Some(NOW)))
    );
    let mut again = submission(Status::ActionNeeded);
    again
        .submit(Vec::new(), &[with(Verdict::Accepted)], (CHECK, NOW))
        .unwrap();
    assert_eq!((again.status, again.check), (Status::InReview, None));
    for status in [
        Status::Checking,
        Status::InReview,
        Status::Approved,
        Status::Rejected,
        Status::Lapsed,
    ] {
        let refused = submission(status).submit(Vec::new(), &[], (CHECK, NOW));
        assert!(matches!(refused, Err(KycError::State(_))), "{status:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let mut asked = submission(Status::ActionNeeded);
    asked.details_reopened = true;
    let refused = asked.submit(vec!["name"], &[with(Verdict::Again)], (CHECK, NOW));
    let Err(KycError::Incomplete(missing)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        missing,
        ["name", "details", "documents that were asked for again"]
    );
    assert_eq!(asked.status, Status::ActionNeeded);
    let replaced = Document {
        replaced: true,
        ..with(Verdict::Again)
    };
    asked.give_details(vec![2], NOW);
    asked.submit(Vec::new(), &[replaced], (CHECK, NOW)).unwrap();
}

#[test]
fn what_a_provider_says_decides_while_it_is_checked() {
    for (outcome, seen_before, taken, status) in [
        (
            ProviderOutcome::Passed,
            false,
            Taken::Approved,
            Status::Approved,
        ),
        (
            ProviderOutcome::Passed,
            true,
            Taken::Referred,
            Status::InReview,
        ),
        (
            ProviderOutcome::Referred,
            false,
            Taken::Referred,
            Status::InReview,
        ),
        (
            ProviderOutcome::Failed,
            false,
            Taken::Rejected,
            Status::Rejected,
        ),
        (
            ProviderOutcome::Failed,
            true,
            Taken::Rejected,
            Status::Rejected,
        ),
    ] {
        let mut checked = submission(Status::Draft);
        checked.submit(Vec::new(), &[], (CHECK, NOW)).unwrap();
        assert_eq!(
            checked.take(report(outcome), seen_before, NOW),
            taken,
            "{outcome:?}"
        );
        assert_eq!(checked.status, status);
        assert_eq!(checked.check.and_then(|check| check.due_at), None);
    }
}

#[test]
fn a_late_answer_is_kept_and_never_takes_an_approval_back() {
    for outcome in ProviderOutcome::ALL {
        for status in [
            Status::InReview,
            Status::ActionNeeded,
            Status::Approved,
            Status::Rejected,
            Status::Lapsed,
        ] {
            let mut decided = submission(status);
            let taken = decided.take(report(*outcome), false, NOW);
            let contradicts = match status {
                Status::Approved => *outcome != ProviderOutcome::Passed,
                Status::Rejected => *outcome == ProviderOutcome::Passed,
                _ => false,
            };
            assert_eq!(taken, Taken::Late { contradicts }, "{outcome:?} {status:?}");
            assert_eq!(decided.status, status);
            assert_eq!(decided.report.map(|(said, _)| said.outcome), Some(*outcome));
        }
    }
}

#[test]
fn nobody_decides_on_their_own_and_only_what_is_in_review_is_decided_on() {
    let mut own = submission(Status::InReview);
    let user = own.user;
    assert!(matches!(own.approve(user, &[], NOW), Err(KycError::Own)));
    assert!(matches!(
        own.reject(user, because(), NOW),
        Err(KycError::Own)
    ));
    let asked = own.ask_again(user, (&[], true), because(), NOW);
    assert!(matches!(asked, Err(KycError::Own)));
    for status in [
        Status::Draft,
        Status::Checking,
        Status::ActionNeeded,
        Status::Approved,
        Status::Rejected,
        Status::Lapsed,
    ] {
        let mut other = submission(status);
        let refused = other.approve(OPERATOR, &[], NOW);
        assert!(matches!(refused, Err(KycError::State(_))), "{status:?}");
        assert_eq!(other.status, status);
    }
}

#[test]
fn a_level_is_given_when_every_document_was_accepted() {
    for verdict in [Verdict::Pending, Verdict::Rejected, Verdict::Again] {
        let mut reviewed = submission(Status::InReview);
        let refused = reviewed.approve(OPERATOR, &[with(verdict)], NOW);
        assert!(matches!(refused, Err(KycError::Undecided)), "{verdict:?}");
        let replaced = Document {
            replaced: true,
            ..with(verdict)
        };
        reviewed
            .approve(OPERATOR, &[replaced, with(Verdict::Accepted)], NOW)
            .unwrap();
        assert_eq!(reviewed.decided_by, Some(OPERATOR.uuid()));
    }
}

#[test]
fn only_what_is_asked_for_again_opens_again() {
    let mut reviewed = submission(Status::InReview);
    let refused = reviewed.ask_again(
        OPERATOR,
        (&[with(Verdict::Rejected)], false),
        because(),
        NOW,
    );
    assert!(matches!(refused, Err(KycError::NothingAsked)));
    reviewed
        .ask_again(OPERATOR, (&[with(Verdict::Again)], false), because(), NOW)
        .unwrap();
    assert!(matches!(
        reviewed.takes_details(),
        Err(KycError::NotAskedFor(_))
    ));
    let mut reviewed = submission(Status::InReview);
    reviewed
        .ask_again(OPERATOR, (&[], true), because(), NOW)
        .unwrap();
    assert!(reviewed.takes_details().is_ok());
    assert!(submission(Status::Draft).takes_details().is_ok());
    assert!(submission(Status::InReview).takes_details().is_err());
}

#[test]
fn there_is_one_appeal_in_time_and_another_operator_decides_on_it() {
    let mut rejected = submission(Status::InReview);
    rejected.reject(OPERATOR, because(), NOW).unwrap();
    let late = NOW.plus(30 * DAY + 1);
    let refused = rejected.clone().appeal(vec![1], 30, late);
    assert!(matches!(refused, Err(KycError::NoAppeal(30))));
    rejected.appeal(vec![1], 30, NOW.plus(30 * DAY)).unwrap();
    assert!(matches!(
        rejected.approve(OPERATOR, &[], NOW),
        Err(KycError::SecondOperator)
    ));
    assert!(matches!(
        rejected.reject(OPERATOR, because(), NOW),
        Err(KycError::SecondOperator)
    ));
    rejected.reject(SECOND, because(), NOW).unwrap();
    let refused = rejected.appeal(vec![1], 30, NOW);
    assert!(matches!(refused, Err(KycError::NoAppeal(_))));
}

#[test]
fn names_are_those_of_json() {
    for status in Status::ALL {
        let json = serde_json::to_value(status).unwrap();
        assert_eq!(json, status.as_str());
        assert_eq!(Status::from_name(status.as_str()), Some(*status));
    }
    for reason in ReasonCode::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
    for outcome in ProviderOutcome::ALL {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
    }
    for kind in DocumentKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
