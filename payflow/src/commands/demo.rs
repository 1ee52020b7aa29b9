//! `payflow serve --demo`: an empty store filled with users, wallets and history, all through the front doors. Such a store is
//! marked, for good: their passwords are published, so it serves as a demo only, and no other store ever gets them.

use anyhow::{Context, bail};
use contracts::identity::{Identity, OrgId, Role, UserId};
use identity::{Error, ImportedUser, StoreKind};
use money::Currency;
use payments::command::{Act, Actor, Answer, Command, Movement, NewTransaction, NewWallet};
use secrecy::SecretString;
use uuid::Uuid;

use crate::wiring::App;

/// Who lives in the demo. Their password is `demo-<name>-2026`, which nobody could choose: it is made of their names. So they are
/// taken in with its hash, like users of another system.
const PEOPLE: [(&str, &str, Role, &str); 6] = [
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
];

/// Refuses to serve a store that is not for this, before anything is done with it: the demo on one with users of its own, a
/// demo to anybody who did not ask for one.
///
/// # Errors
/// Why, and what to do.
pub async fn fits(app: &App, with_demo: bool) -> anyhow::Result<()> {
    let kind = match app.identity.store_kind().await? {
        StoreKind::Empty if app.payments.journal().is_written() => StoreKind::Real,
        kind => kind,
    };
    match (kind, with_demo) {
        (StoreKind::Real, true) => bail!(
            "--demo adds an operator and an administrator whose passwords are published, and this store is in use already: \
             serve it without --demo, or name an empty folder with --data (after `make run`: `make clean-data`, or DATA=…)"
        ),
        (StoreKind::Demo, false) => bail!(
            "--demo made this store, so the passwords of its administrator and operator are published: serve it with \
             --demo, or begin in an empty folder with --data"
        ),
        (StoreKind::Empty, _) | (StoreKind::Real, false) | (StoreKind::Demo, true) => Ok(()),
    }
}

/// Fills a store that [`fits`] and is empty, finishes one that a crash left half filled, and answers the logins.
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
    let mut ids = vec![];
    for (name, display, role, hash) in PEOPLE {
        let user = ImportedUser {
            org: OrgId::DEFAULT,
            email: format!("{name}@demo.payflow.example"),
            name: display.to_owned(),
            password_hash: SecretString::from(hash),
            role,
            email_verified: true,
        };
        let email = user.email.clone();
        let id = match app.identity.import_user(user).await {
            Err(Error::EmailTaken) => known(app, &email).await?,
            made => made.context("a demo user was not created")?.id,
        };
        ids.push(id.uuid());
    }
    let &[alice, bob, shop, ..] = ids.as_slice() else {
        bail!("the demo needs three users")
    };
    Demo { app }.live(alice, bob, shop).await?;
    Ok(logins())
}

/// A user whom a start that did not finish has made.
async fn known(app: &App, email: &str) -> anyhow::Result<UserId> {
    let found = app.identity.user_by_email(OrgId::DEFAULT, email).await?;
    Ok(found.context("a demo user is suspended")?.id)
}

fn payment(from: Uuid, to: Uuid, hold_for: Option<i64>) -> Movement {
    Movement::Payment { from, to, hold_for }
}

fn logins() -> String {
    let mut text = "  Demo logins\n".to_owned();
    for (name, _, role, _) in PEOPLE {
        let login = format!("{name}@demo.payflow.example");
        text.push_str(&format!(
            "    {:<9} {login:<32} demo-{name}-2026\n",
            role.as_str()
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
    async fn live(&self, alice: Uuid, bob: Uuid, shop: Uuid) -> anyhow::Result<()> {
        let alice_usd = self.wallet(alice, Currency::USD, "Everyday").await?;
        let alice_eur = self.wallet(alice, Currency::EUR, "Travel").await?;
        let bob_usd = self.wallet(bob, Currency::USD, "Everyday").await?;
        let shop_usd = self.wallet(shop, Currency::USD, "Till").await?;
        let deposit = |to| Movement::Deposit {
            to,
            instrument: None,
        };
        let transfer = |from, to| Movement::Transfer { from, to };
        let a_week = Some(7 * platform::clock::DAY);
        let usd = [
            (alice, deposit(alice_usd), 100_000, "Salary"),
            (bob, deposit(bob_usd), 50_000, "Salary"),
            (alice, transfer(alice_usd, bob_usd), 2_500, "Pizza"),
            (bob, transfer(bob_usd, alice_usd), 1_250, "Half the pizza"),
            (
                alice,
                payment(alice_usd, shop_usd, None),
                1_999,
                "Groceries",
            ),
            (bob, payment(bob_usd, shop_usd, a_week), 4_000, "Reserved"),
        ];
        for (user, what, amount, words) in usd {
            self.transaction(user, what, amount, Currency::USD, words)
                .await?;
        }
        let euros = deposit(alice_eur);
        self.transaction(alice, euros, 25_000, Currency::EUR, "Holiday money")
            .await
    }

    async fn wallet(&self, owner: Uuid, currency: Currency, label: &str) -> anyhow::Result<Uuid> {
        let id = self.app.ids.next();
        let limits = self.app.payments.config().limits_for(currency);
        let label = Some(label.to_owned());
        self.submit(
            owner,
            Act::OpenWallet(NewWallet {
                id,
                owner,
                currency,
                label,
                limits,
            }),
        )
        .await?;
        Ok(id)
    }

    async fn transaction(
        &self,
        user: Uuid,
        what: Movement,
        amount: i64,
        currency: Currency,
        words: &str,
    ) -> anyhow::Result<()> {
        let new = NewTransaction {
            id: self.app.ids.next(),
            what,
            amount,
            currency,
            description: Some(words.to_owned()),
            external_id: None,
            metadata: None,
        };
        self.submit(user, Act::Create(new)).await
    }

    async fn submit(&self, user: Uuid, act: Act) -> anyhow::Result<()> {
        let command = Command {
            org: OrgId::DEFAULT.0,
            actor: Actor::User(user),
            idempotency: None,
            request_id: None,
            act,
        };
        match self.app.payments.journal().submit(command).await? {
            Answer::Refused(refused) => bail!("a step of the demo was refused: {refused}"),
            _ => Ok(()),
        }
    }
}
