//! `payflow serve --demo`: an empty store filled with users, wallets and history, all through the
//! front doors, with the ids that the examples of the API name. Such a store is marked, for good:
//! their passwords are published, so it serves as a demo only, and no other store ever gets them.

use anyhow::{Context, bail};
use contracts::identity::{OrgId, Role, UserId};
use identity::{AccountError, ImportedUser, StoreKind};
use money::Currency;
use payments_core::command::{
    Actor, Answer, Command, Movement, NewTransaction, NewWallet, Operation, Outcome, WalletChange,
};
use payments_core::transaction::{Instrument, InstrumentKind};
use payments_core::wallet::DepositLimits;
use secrecy::SecretString;
use uuid::Uuid;

use crate::wiring::App;

const ALICE: Uuid = id(1);
const BOB: Uuid = id(2);
const SHOP: Uuid = id(3);
const OPERATOR: Uuid = id(4);
const ALICE_EUR: Uuid = id(0x12);
/// A user whose password, role and sessions the examples change.
pub const CAROL: Uuid = id(7);
/// The wallet that Alice pays from.
pub const ALICE_USD: Uuid = id(0x11);
/// Bob's.
pub const BOB_USD: Uuid = id(0x13);
/// Where the shop is paid.
pub const SHOP_USD: Uuid = id(0x14);
/// A wallet of Carol's to be frozen.
pub const SAVINGS: Uuid = id(0x15);
/// One that is frozen.
pub const BLOCKED: Uuid = id(0x16);
/// One that is empty, to be closed.
pub const OLD: Uuid = id(0x17);
/// A payment of Alice's to be refunded.
pub const GROCERIES: Uuid = id(0x25);
/// A payment that is authorised, to be captured.
pub const TO_CAPTURE: Uuid = id(0x26);
/// One to be cancelled.
pub const TO_CANCEL: Uuid = id(0x27);
/// A deposit of which nobody knows what became.
pub const LOST: Uuid = id(0x29);

/// A webhook endpoint of the shop's.
pub const HOOK: Uuid = id(0x41);
/// One to be removed.
pub const OLD_HOOK: Uuid = id(0x42);
/// What was sent to the first.
pub const HOOK_DELIVERY: Uuid = id(0x43);

/// An id of the demo: a UUID of version 7, of the first moment of 2026.
const fn id(number: u128) -> Uuid {
    Uuid::from_u128((1_767_225_600_000 << 80) | (7 << 76) | (2 << 62) | number)
}

/// Who lives in the demo. Their password is `demo-<name>-2026`, which nobody could choose: it is
/// made of their names. So they are taken in with its hash, like users of another system.
const PEOPLE: [(&str, &str, Role, &str); 8] = [
    (
        "alice",
        "Alice Adams",
        Role::User,
        "$argon2id$v=19$m=19456,t=2,p=1$28At2tbRZ1iKwfKeHMLA6w$GEledKH5ZedVFFrgJuuu+CB6NVK8rMaWQK0XTQZDwqU",
    ),
    (
        "bob",
        "Bob Brown",
        Role::User,
        "$argon2id$v=19$m=19456,t=2,p=1$/uBRhC/L0CHj8PV/TxsWKg$mdxT/or0xpabSqeih7Euf/RYlLixLZSHJbtwdmLWqH4",
    ),
    (
        "shop",
        "Corner Shop",
        Role::Merchant,
        "$argon2id$v=19$m=19456,t=2,p=1$p7AOf+a0xDDNsorTrIb/tQ$fctfqGJ2DoEUrCXIansLDQ7U9znNi2Wy8PmdL6ihO1Q",
    ),
    (
        "operator",
        "Olga Operator",
        Role::Operator,
        "$argon2id$v=19$m=19456,t=2,p=1$jWrg+wVV8ZJGNtin526SxA$WrEBZV5FQwKV8kdj3Ucfxz8GI8hWn3/5OaH7EtW749s",
    ),
    (
        "auditor",
        "Audrey Auditor",
        Role::Auditor,
        "$argon2id$v=19$m=19456,t=2,p=1$gaAoniWv8wLQ7nO1Brb/Lg$D3g0fcF57pDkzkt9aV8I7l+cyV+5vaE2YI451qMImoU",
    ),
    (
        "admin",
        "Ada Admin",
        Role::Admin,
        "$argon2id$v=19$m=19456,t=2,p=1$QSfjEVUGxfOV1YXxRVhxKQ$3pBwMopTG5JI7OCbDWBGJuykCRzDkVYz7d4NvNea4po",
    ),
    (
        "carol",
        "Carol Clark",
        Role::User,
        "$argon2id$v=19$m=19456,t=2,p=1$SYVSlAJzZWpK8roRjjbLGw$9sERy2oJSB33P6vOEkZXvGuFINIS4ejZ7VXE/hpgh6s",
    ),
    (
        "dave",
        "Dave Dunn",
        Role::User,
        "$argon2id$v=19$m=19456,t=2,p=1$AtCV/n5GFf7er5ofqcJKhQ$BDKS7U5D80UvWaConSWeqFdJvZ+Ba/ubNotzHkQkz0g",
    ),
];

/// The e-mail of somebody of the demo.
pub fn email(name: &str) -> String {
    format!("{name}@demo.payflow.example")
}

/// Their password.
pub fn password(name: &str) -> String {
    format!("demo-{name}-2026")
}

/// With a demo, no role needs a second factor: their passwords are printed, and it would keep
/// nobody out.
pub const OPEN_TO_ALL: (&str, &str) = ("identity.second_factor.required_for", "none");

/// Refuses to serve a store that is not for this, before anything is done with it: the demo on one
/// with users of its own, a demo to anybody who did not ask for one.
///
/// # Errors
/// Why, and what to do.
pub async fn fits(app: &App, with_demo: bool) -> anyhow::Result<()> {
    let kind = match app.identity.store_kind().await? {
        StoreKind::Empty if app.payments.journal().is_written() => StoreKind::Real,
        // Made before demos were marked. Nobody becomes an administrator by registering with this
        // e-mail.
        StoreKind::Real if app.identity.is_administered_by(&email("admin")).await? => {
            StoreKind::Demo
        }
        kind => kind,
    };
    match (kind, with_demo) {
        (StoreKind::Real, true) => bail!(
            "--demo adds an operator and an administrator whose passwords are published, and this store is in use already: \
             serve it without --demo, or name an empty folder with --data (with `make run`: DATA=…)"
        ),
        (StoreKind::Demo, false) => bail!(
            "--demo made this store, so the passwords of its administrator and operator are published: serve it with \
             --demo, or begin in an empty folder with --data"
        ),
        (StoreKind::Empty, _) | (StoreKind::Real, false) | (StoreKind::Demo, true) => Ok(()),
    }
}

/// Fills a store that [`fits`] and is empty, finishes one that a crash left half filled, and
/// answers the logins.
///
/// # Errors
/// Where a step fails; started again, it goes on.
pub async fn fill(app: &App) -> anyhow::Result<String> {
    if app.identity.store_kind().await? == StoreKind::Empty {
        app.identity.begin_demo().await?;
    }
    if app.payments.journal().is_written() {
        return Ok(logins());
    }
    for (number, (name, display, role, hash)) in (1..).zip(PEOPLE) {
        let user = ImportedUser {
            org: OrgId::DEFAULT,
            email: email(name),
            name: display.to_owned(),
            password_hash: SecretString::from(hash),
            role,
            email_verified: true,
        };
        match app.identity.import_user_as(UserId(id(number)), user).await {
            // A start that did not finish has made them.
            Ok(_) | Err(AccountError::EmailTaken) => {}
            Err(error) => return Err(error).context("a demo user was not created"),
        }
    }
    // Else the sixth payment of a day would wait for a code.
    let people: Vec<_> = (1..)
        .take(PEOPLE.len())
        .map(|number| UserId(id(number)))
        .collect();
    let verified = app.risk.take_as_verified(OrgId::DEFAULT, &people);
    verified
        .await
        .context("the people of the demo are not verified")?;
    let hooks = [HOOK, OLD_HOOK, HOOK_DELIVERY];
    let made = app.notifications.make_demo_webhooks(UserId(SHOP), hooks);
    made.await.context("the demo has no webhooks")?;
    Demo { app }.live().await?;
    Ok(logins())
}

fn deposit(to: Uuid, instrument: Option<Instrument>) -> Movement {
    Movement::Deposit {
        to,
        instrument,
        limits: DepositLimits::default(),
    }
}

fn transfer(from: Uuid, to: Uuid) -> Movement {
    Movement::Transfer { from, to }
}

fn payment(from: Uuid, to: Uuid, hold_for: Option<i64>) -> Movement {
    Movement::Payment { from, to, hold_for }
}

/// A transaction: its id, who makes it, what it is, cents and words.
type Made = (Uuid, Uuid, Movement, i64, &'static str);

fn dollars() -> [Made; 9] {
    let a_week = Some(7 * values::DAY);
    let lost = Some(Instrument {
        kind: InstrumentKind::Card,
        token: "tok_timeout".to_owned(),
    });
    let pizza = transfer(ALICE_USD, BOB_USD);
    let half = transfer(BOB_USD, ALICE_USD);
    let groceries = payment(ALICE_USD, SHOP_USD, None);
    let held = payment(BOB_USD, SHOP_USD, a_week);
    let lost = deposit(ALICE_USD, lost);
    [
        (id(0x21), ALICE, deposit(ALICE_USD, None), 100_000, "Salary"),
        (id(0x22), BOB, deposit(BOB_USD, None), 50_000, "Salary"),
        (id(0x23), ALICE, pizza, 2_500, "Pizza"),
        (id(0x24), BOB, half, 1_250, "Half the pizza"),
        (GROCERIES, ALICE, groceries, 1_999, "Groceries"),
        (TO_CAPTURE, BOB, held.clone(), 4_000, "Reserved"),
        (TO_CANCEL, BOB, held, 1_500, "Ordered"),
        (id(0x28), CAROL, deposit(SAVINGS, None), 30_000, "Salary"),
        (LOST, ALICE, lost, 7_500, "Lost on its way"),
    ]
}

fn logins() -> String {
    let mut text = "  Demo logins\n".to_owned();
    for (name, _, role, _) in PEOPLE {
        text.push_str(&format!(
            "    {:<9} {:<32} {}\n",
            role.as_str(),
            email(name),
            password(name)
        ));
    }
    text.push_str("  Only for a look around: with --demo no role needs a second factor.\n");
    text
}

struct Demo<'a> {
    app: &'a App,
}

impl Demo<'_> {
    /// Wallets and a week of their history.
    async fn live(&self) -> anyhow::Result<()> {
        for (wallet, owner, currency, label) in [
            (ALICE_USD, ALICE, Currency::USD, "Everyday"),
            (ALICE_EUR, ALICE, Currency::EUR, "Travel"),
            (BOB_USD, BOB, Currency::USD, "Everyday"),
            (SHOP_USD, SHOP, Currency::USD, "Till"),
            (SAVINGS, CAROL, Currency::USD, "Savings"),
            (BLOCKED, CAROL, Currency::EUR, "Holidays"),
            (OLD, CAROL, Currency::EUR, "Old"),
        ] {
            self.wallet(wallet, owner, currency, label).await?;
        }
        for (id, user, what, amount, words) in dollars() {
            self.transaction(id, user, what, amount, Currency::USD, words)
                .await?;
        }
        let (id, euros) = (id(0x2a), deposit(ALICE_EUR, None));
        self.transaction(id, ALICE, euros, 25_000, Currency::EUR, "Holiday money")
            .await?;
        self.leave_open().await
    }

    /// What waits for an operator: a deposit without an answer, and a frozen wallet.
    async fn leave_open(&self) -> anyhow::Result<()> {
        let unknown = Operation::Settle {
            transaction: LOST,
            id: self.app.ids.next(),
            outcome: Outcome::Unknown { ask_at: None },
            answers: None,
        };
        self.submit(Actor::Acquirer, unknown).await?;
        let reason = Some("Card lost".to_owned());
        let freeze = Operation::ChangeWallet {
            wallet: BLOCKED,
            change: WalletChange::Freeze { reason },
        };
        self.submit(Actor::Operator(OPERATOR), freeze).await
    }

    async fn wallet(
        &self,
        id: Uuid,
        owner: Uuid,
        currency: Currency,
        label: &str,
    ) -> anyhow::Result<()> {
        let limits = self.app.payments.config().limits_for(currency);
        let wallet = NewWallet {
            id,
            owner,
            currency,
            label: Some(label.to_owned()),
            limits,
            most: None,
        };
        self.submit(Actor::User(owner), Operation::OpenWallet(wallet))
            .await
    }

    async fn transaction(
        &self,
        id: Uuid,
        user: Uuid,
        what: Movement,
        amount: i64,
        currency: Currency,
        words: &str,
    ) -> anyhow::Result<()> {
        let new = NewTransaction {
            id,
            what,
            amount,
            currency,
            description: Some(words.to_owned()),
            external_id: None,
            metadata: None,
            risk: None,
        };
        self.submit(Actor::User(user), Operation::Create(new)).await
    }

    async fn submit(&self, actor: Actor, operation: Operation) -> anyhow::Result<()> {
        let command = Command {
            org: OrgId::DEFAULT.0,
            actor,
            idempotency: None,
            request_id: None,
            operation,
        };
        match self.app.payments.journal().submit(command).await? {
            Answer::Refused(refused) => bail!("a step of the demo was refused: {refused}"),
            _ => Ok(()),
        }
    }
}
