//! Links by which somebody says that they want no more of a group of messages (RFC 8058). A link is
//! sealed: it names who it is for, and nobody else can make one. It does not end.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::{OrgId, UserId};
use uuid::Uuid;
use vault::SealContext;

use crate::channels::ChannelKind;
use crate::error::Error;
use crate::messages::store;
use crate::service::Service;
use crate::told::kinds::Group;

/// Where links lead, below the address of the installation.
pub(crate) const PATH: &str = "/api/v1/notifications/unsubscribe";

const CONTEXT: SealContext<'_> = SealContext {
    what: "unsubscribe",
    whose: b"",
};

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    whose: (OrgId, UserId),
    channel: ChannelKind,
    group: Group,
}

impl Service {
    /// The link for somebody.
    pub(crate) fn unsubscribe_link(
        &self,
        (org, user): (OrgId, UserId),
        channel: ChannelKind,
        group: Group,
    ) -> Result<String, Error> {
        let said = [
            org.0.to_string(),
            user.uuid().to_string(),
            channel.name().to_owned(),
            group.name().to_owned(),
        ];
        let sealed = self.vault.seal(CONTEXT, said.join(" ").as_bytes())?;
        let token = URL_SAFE_NO_PAD.encode(sealed);
        Ok(format!("{}{PATH}?token={token}", self.public_url))
    }

    /// What a link is for.
    ///
    /// # Errors
    /// [`Error::InvalidLink`].
    pub(crate) fn wish(&self, token: &str) -> Result<Wish, Error> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok();
        let said = sealed.and_then(|sealed| self.vault.open(CONTEXT, &sealed).ok());
        let said = said.and_then(|said| String::from_utf8(said).ok());
        said.as_deref().and_then(read).ok_or(Error::InvalidLink)
    }

    /// Does what a link is for; done twice it is done once.
    ///
    /// # Errors
    /// [`Error::InvalidLink`], or a fault.
    pub(crate) async fn unsubscribe(&self, token: &str) -> Result<Wish, Error> {
        let wish = self.wish(token)?;
        let names = (wish.channel.name(), wish.group.name());
        store::unsubscribe(&self.db, wish.whose, names, self.clock.now()).await?;
        Ok(wish)
    }
}

impl Wish {
    /// The group, as the page names it.
    pub(crate) const fn group(&self) -> Group {
        self.group
    }
}

fn read(said: &str) -> Option<Wish> {
    let mut words = said.split(' ');
    let org = OrgId(words.next()?.parse().ok()?);
    let user = UserId(words.next()?.parse::<Uuid>().ok()?);
    let channel = ChannelKind::find(words.next()?)?;
    let group = Group::find(words.next()?)?;
    Some(Wish {
        whose: (org, user),
        channel,
        group,
    })
}
